/** The upkeep of one process: what routes ask of it, the loop beside them, and the order in which they stop. */
import { setTimeout as delay } from "node:timers/promises";
import type { AgencyDependencies } from "../agencies/agency_dependencies.ts";
import { checkInstall, claimChecks } from "../agencies/check_install.ts";
import { listLocations } from "../agencies/list_locations.ts";
import { claimListings } from "../agencies/listing_schedule.ts";
import { createMinter, type Minter } from "../agencies/minter.ts";
import { createTokenSource } from "../agencies/token_source.ts";
import type { AfterInstall } from "../connections/install_from_marketplace.ts";
import type { Database } from "../db/connect_database.ts";
import { askWithin } from "../db/database_unavailable.ts";
import { carryOutRemoval } from "../removal/carry_out_removal.ts";
import type { RemovalOutcome } from "../removal/removal_outcome.ts";
import { type ClaimedRemoval, type RemovalRefusal, requestRemoval } from "../removal/request_removal.ts";
import { failure, type Result } from "../result.ts";
import type { Rotator } from "../rotation/rotator.ts";
import { createWorkSources, type ReachWork } from "./work_sources.ts";
import { createWorker, type Worker } from "./worker.ts";

export type UpkeepOptions = Omit<AgencyDependencies, "stopping"> & {
  /** Told of every step of all work, and waited for. */
  readonly reach?: ReachWork;
};

export interface Upkeep {
  /** Of every connection, from the better of its installs. */
  readonly tokens: Rotator;
  readonly minter: Minter;
  readonly worker: Worker;
  /** Lists the locations and learns the name of an agency that was just connected. Resolves when that is done, or takes too long to wait for. */
  afterInstall: AfterInstall;
  /**
   * Uninstalls a connection at HighLevel as a person wishes; with `sessionToken` only if that session may. Throws when the
   * database fails.
   */
  disconnect(
    connectionId: string,
    sessionToken?: string,
  ): Promise<RemovalOutcome | RemovalRefusal["reason"]>;
  /** Begins to do by itself what is due. */
  start(): void;
  /** Claims nothing more and waits for what is under way, 15 seconds at most; what is cut off is due again later. */
  stop(): Promise<void>;
}

const QUERY_MILLISECONDS = 5000;
const STOP_MILLISECONDS = 15_000;
/** Whoever disconnects gets an answer before callers give up. */
const REMOVE_MILLISECONDS = 12_000;
/** A person is waiting in the browser window: some thousand locations are listed in this time. */
const LEARN_MILLISECONDS = 4000;

export function createUpkeep({ reach = () => {}, ...options }: UpkeepOptions): Upkeep {
  const { database, clock, logger, rotator } = options;
  const stopping = new AbortController();
  const deps = { ...options, stopping: stopping.signal };
  const minter = createMinter(deps);
  const worker = createWorker({
    sources: createWorkSources({ ...deps, minter, reach }),
    logger,
    clock,
    stopping: stopping.signal,
  });
  let running: Promise<void> = Promise.resolve();

  /** Resolves when `work` is done, or when it takes too long to wait for; it goes on then. */
  async function withPatience(work: Promise<void>, milliseconds: number): Promise<void> {
    const late = new AbortController();
    await Promise.race([work, clock.delay(milliseconds, late.signal)]).finally(() => late.abort());
  }

  return {
    tokens: createTokenSource({ own: rotator, minted: minter, clock, requiredScopes: options.app.scopes }),
    minter,
    worker,
    async afterInstall({ connectionId, kind, companyId }) {
      if (kind !== "company" || companyId === null) return;
      const learning = worker.track("listing", async () => {
        const [listing] = await claimListings(database, { limit: 1, companyId });
        if (listing !== undefined) await listLocations(deps, listing);
        const [check] = await claimChecks(database, { limit: 1, connectionId });
        if (check !== undefined) await checkInstall(deps, check);
      });
      await withPatience(learning, LEARN_MILLISECONDS);
    },
    async disconnect(connectionId, sessionToken) {
      let requested: Result<ClaimedRemoval, RemovalRefusal> = failure({ reason: "not_connected" });
      const request = (db: Database) =>
        db.begin(async (tx) => {
          requested = await requestRemoval(tx, { connectionId, actor: "extension", sessionToken });
        });
      await askWithin(database, request, QUERY_MILLISECONDS);
      if (!requested.ok) return requested.failure.reason;
      const { value: removal } = requested;
      let outcome: RemovalOutcome = "pending";
      const carriedOut = worker.track("removal", async () => {
        outcome = await carryOutRemoval({ ...deps, minted: minter }, removal);
      });
      await withPatience(carriedOut, REMOVE_MILLISECONDS);
      return outcome;
    },
    start() {
      running = worker.run();
    },
    async stop() {
      stopping.abort();
      const timer = new AbortController();
      const ended = running.then(() => Promise.all([worker.idle(), minter.idle()]));
      const late = delay(STOP_MILLISECONDS, "late", { signal: timer.signal }).catch(() => "in time");
      if (await Promise.race([ended, late]) === "late") logger.error("upkeep_not_ended");
      timer.abort();
    },
  };
}
