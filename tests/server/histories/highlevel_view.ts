/** What the simulated HighLevel knows and has said, looked up as comparisons need it. A moment's view. */
import { Buffer } from "node:buffer";
import * as v from "valibot";
import { resourceOf, type TokenFamily } from "../../simulator/token_registry.ts";
import type { CompanyTruth, LocationTruth } from "../../simulator/truth.ts";
import type { TestRelatch } from "../../support/test_relatch.ts";

export interface HighLevelView {
  /** `undefined` for a location that was deleted. */
  location(locationId: string): LocationTruth | undefined;
  company(companyId: string): CompanyTruth | undefined;
  /** The family of a refresh token. Throws for one that HighLevel never issued. */
  familyOf(refreshToken: string): Readonly<TokenFamily>;
  /** True for a refresh token that was used up, and refused inside its window because the location was not active. */
  wasInactiveInsideWindow(refreshToken: string): boolean;
  /** The family of an access token that was minted for this location. Throws for any other token. */
  mintedFamilyOf(accessToken: string, locationId: string): Readonly<TokenFamily>;
  /** The family whose first tokens reached Relatch last; minted ones aside. */
  lastDelivered(resourceId: string): Readonly<TokenFamily> | undefined;
  /** Whether Relatch has carried out an UNINSTALL of the location or company that is newer than this family … */
  wasTold(resourceId: string, family: Readonly<TokenFamily>): boolean;
  /** … and was meant for it, since it came with its end. */
  wasToldOfEnd(resourceId: string, family: Readonly<TokenFamily>): boolean;
}

const Claims = v.object({ iat: v.number() });

export async function viewHighLevel(
  { simulator, database }: Pick<TestRelatch, "simulator" | "database">,
): Promise<HighLevelView> {
  const truth = simulator.truth();
  const locations = new Map(truth.locations.map((location) => [location.locationId, location]));
  const companies = new Map(truth.companies.map((company) => [company.companyId, company]));
  const families = simulator.ledger.families();
  const byId = new Map(families.map((family) => [family.id, family]));
  const byResource = Map.groupBy(families, ({ consent }) => resourceOf(consent));
  const delivered = deliveredOf(simulator.ledger.calls());
  const done = await database<{ id: string }[]>`
    SELECT webhook_id AS id FROM webhook_inbox WHERE done_at IS NOT NULL`;
  const doneIds = new Set(done.map(({ id }) => id));
  const told = Map.groupBy(
    simulator.webhooks.deliveries().filter(({ type, webhookId }) =>
      type === "UNINSTALL" && doneIds.has(webhookId)
    ),
    ({ resourceId }) => resourceId,
  );

  const toldSince = (resourceId: string, time: number): boolean =>
    told.get(resourceId)?.some(({ queuedAt }) => queuedAt >= time) ?? false;

  return {
    location: (locationId) => locations.get(locationId),
    company: (companyId) => companies.get(companyId),
    familyOf(refreshToken) {
      const family = byId.get(simulator.ledger.familyIdOf(refreshToken) ?? "");
      if (family === undefined) throw new Error("Relatch holds a refresh token that HighLevel never issued");
      return family;
    },
    wasInactiveInsideWindow(refreshToken) {
      const calls = simulator.ledger.calls().filter(({ credential }) => credential === refreshToken);
      const [used, after] = ["rotated", "not_active"].map((name) =>
        calls.findIndex(({ outcome }) => outcome === name)
      );
      return used !== undefined && used >= 0 && after !== undefined && after > used;
    },
    mintedFamilyOf(accessToken, locationId) {
      const [, payload = ""] = accessToken.split(".");
      const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString());
      const issuedAt = Math.floor(v.parse(Claims, claims).iat * 1000);
      // The clock may have gone on between the two.
      const family = byResource.get(locationId)?.findLast(({ minted, startedAt }) =>
        minted && startedAt <= issuedAt
      );
      if (family === undefined) throw new Error(`Nothing was minted for "${locationId}" at ${issuedAt}`);
      return family;
    },
    lastDelivered(resourceId) {
      const installs = byResource.get(resourceId)?.filter(({ minted }) => !minted) ?? [];
      return installs.findLast((_, index) => delivered.get(resourceId)?.[index] === true);
    },
    wasTold: (resourceId, { startedAt }) => toldSince(resourceId, firstSecondAfter(startedAt)),
    wasToldOfEnd: (resourceId, { startedAt, ended }) =>
      ended !== null && toldSince(resourceId, Math.max(ended.at, firstSecondAfter(startedAt))),
  };
}

/** HighLevel tells by its answers only in which second something was. */
function firstSecondAfter(time: number): number {
  return Math.floor(time / 1000) * 1000 + 1000;
}

/** For each resource, of every exchange that began a family whether its answer arrived, in their order. */
function deliveredOf(
  calls: ReturnType<TestRelatch["simulator"]["ledger"]["calls"]>,
): Map<string, boolean[]> {
  const delivered = new Map<string, boolean[]>();
  for (const { outcome, resourceId, delivered: arrived } of calls) {
    if (outcome !== "issued" || resourceId === null) continue;
    delivered.set(resourceId, [...delivered.get(resourceId) ?? [], arrived]);
  }
  return delivered;
}
