/** All kinds of work that keep what is stored in step with HighLevel, beside the rotation. */
import type { AgencyDependencies } from "../agencies/agency_dependencies.ts";
import { checkCoverage, claimCoverages } from "../agencies/check_coverage.ts";
import { checkInstall, claimChecks } from "../agencies/check_install.ts";
import { listLocations } from "../agencies/list_locations.ts";
import { claimListings } from "../agencies/listing_schedule.ts";
import type { Minter } from "../agencies/minter.ts";
import { claimMintRetries } from "../agencies/retry_mints.ts";
import type { Database } from "../db/connect_database.ts";
import { askWithin } from "../db/database_unavailable.ts";
import { carryOutRemoval, claimRemovals } from "../removal/carry_out_removal.ts";
import { carryOutWebhook } from "../webhooks/carry_out_webhook.ts";
import { claimWebhooks, pruneWebhooks } from "../webhooks/webhook_inbox.ts";
import type { WorkSource } from "./worker.ts";

/** Told when work was claimed and when its outcome is stored, and waited for: tests force crashes here. */
export type ReachWork = (step: "claimed" | "applied" | "ended", work: string) => Promise<void> | void;

export type UpkeepDependencies = AgencyDependencies & { readonly minter: Minter; readonly reach: ReachWork };

const QUERY_MILLISECONDS = 5000;
const PRUNE_MILLISECONDS = 60 * 60_000;

export function createWorkSources(deps: UpkeepDependencies): WorkSource[] {
  const { database, reach, minter, clock } = deps;

  /** `atOnce`: HighLevel's limits leave room for about ten calls a second and agency. */
  function source<Claimed>(
    { name, atOnce, claim, carryOut }: {
      name: string;
      atOnce: number;
      claim: (db: Database, limit: number) => Promise<readonly Claimed[]>;
      carryOut: (claimed: Claimed) => Promise<unknown>;
    },
  ): WorkSource {
    return {
      name,
      atOnce,
      async claim(limit) {
        const claimed = await askWithin(database, (db) => claim(db, limit), QUERY_MILLISECONDS);
        return claimed.map((one) => async () => {
          await reach("claimed", name);
          await carryOut(one);
          await reach("ended", name);
        });
      },
    };
  }

  let prunedAt = Number.NEGATIVE_INFINITY;
  return [
    source({
      name: "webhook",
      atOnce: 4,
      claim: claimWebhooks,
      carryOut: (webhook) => carryOutWebhook(deps, webhook, () => reach("applied", "webhook")),
    }),
    source({
      name: "removal",
      atOnce: 2,
      claim: claimRemovals,
      carryOut: (removal) => carryOutRemoval({ ...deps, minted: minter }, removal),
    }),
    source({
      name: "listing",
      atOnce: 2,
      claim: (db, limit) => claimListings(db, { limit }),
      carryOut: (listing) => listLocations(deps, listing),
    }),
    source({
      name: "location_check",
      atOnce: 2,
      claim: claimCoverages,
      carryOut: (coverage) => checkCoverage(deps, coverage),
    }),
    source({
      name: "install_check",
      atOnce: 2,
      claim: (db, limit) => claimChecks(db, { limit }),
      carryOut: (check) => checkInstall(deps, check),
    }),
    source({
      name: "mint",
      atOnce: 2,
      claim: claimMintRetries,
      carryOut: (connectionId) => minter.mintNow(connectionId),
    }),
    {
      name: "prune",
      atOnce: 1,
      claim: () => {
        if (clock.monotonic() - prunedAt < PRUNE_MILLISECONDS) return Promise.resolve([]);
        prunedAt = clock.monotonic();
        return Promise.resolve([() => pruneWebhooks(database)]);
      },
    },
  ];
}
