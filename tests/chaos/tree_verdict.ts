/** Compares what the database says of every agency and location with what is installed at the simulated HighLevel. */
import * as v from "valibot";
import type { Database } from "../../server/db/connect_database.ts";
import type { SimulatorProcess } from "../support/simulator_process.ts";
import type { Violation } from "./violation.ts";

/** What the simulator says is installed, as far as the verdict goes by it. */
const Truth = v.object({
  companies: v.array(v.object({ companyId: v.string(), installed: v.boolean() })),
  locations: v.array(v.object({
    locationId: v.string(),
    companyId: v.string(),
    name: v.string(),
    /** Its own user installed the app. */
    direct: v.boolean(),
    /** Its agency's token reaches it. */
    listed: v.boolean(),
  })),
});
export type Truth = v.InferOutput<typeof Truth>;

/** What the database says of one agency or location. */
export interface TreeRow {
  readonly kind: "location" | "company";
  /** Of the location or company. */
  readonly resourceId: string;
  readonly name: string | null;
  /** It has an install of its own. */
  readonly hasTokens: boolean;
  /** Any of its own tokens, also one that is of no use. */
  readonly hasCiphertext: boolean;
  /** The company whose install reaches it. */
  readonly coveredBy: string | null;
  readonly hasMinted: boolean;
  /** Its locations will be listed again. */
  readonly isListed: boolean;
  /** Something about it is still to be done or found out. */
  readonly isUnsettled: boolean;
}

export interface TreeOptions {
  readonly truth: Truth;
  readonly rows: readonly TreeRow[];
  /** Locations and companies that a lost webhook was about: coverage and names may be behind until the next listing. */
  readonly unheard: ReadonlySet<string>;
  /** False: names may be behind. */
  readonly isListed: boolean;
}

export async function readTruth(simulator: SimulatorProcess): Promise<Truth> {
  return v.parse(Truth, await simulator.control("truth"));
}

export async function readTree(database: Database): Promise<TreeRow[]> {
  return await database<TreeRow[]>`
    SELECT c.kind, CASE c.kind WHEN 'company' THEN c.company_id ELSE c.location_id END AS "resourceId",
      c.location_name AS name, c.refresh_token IS NOT NULL AS "hasTokens",
      coalesce(c.access_token, c.refresh_token, c.previous_refresh_token) IS NOT NULL AS "hasCiphertext",
      CASE WHEN v.installed THEN a.company_id END AS "coveredBy", v.access_token IS NOT NULL AS "hasMinted",
      g.listing_due_at IS NOT NULL AS "isListed",
      c.removal_requested_at IS NOT NULL OR c.uninstall_suspected_at IS NOT NULL OR c.check_due_at IS NOT NULL
        OR v.check_due_at IS NOT NULL OR v.problem_code IS NOT NULL AS "isUnsettled"
    FROM connections c
    LEFT JOIN coverages v ON v.connection_id = c.id
    LEFT JOIN connections a ON a.id = v.company_connection_id
    LEFT JOIN agencies g ON c.kind = 'company' AND g.company_id = c.company_id
    ORDER BY 1, 2`;
}

/** A pure comparison. */
export function judgeTree({ truth, rows, unheard, isListed }: TreeOptions): Violation[] {
  const violations: Violation[] = [];
  const say = (resourceId: string, what: string): void => {
    violations.push({ what: `"${resourceId}" ${what}`, locationId: resourceId });
  };
  const rowsById = new Map(rows.map((row) => [row.resourceId, row]));
  const companies = new Map(truth.companies.map((company) => [company.companyId, company]));
  const locations = new Map(truth.locations.map((location) => [location.locationId, location]));

  for (const { companyId, installed } of truth.companies) {
    const row = rowsById.get(companyId);
    if (installed && !row?.hasTokens) say(companyId, "is installed and not connected");
    if (installed && row?.hasTokens && !row.isListed) say(companyId, "is connected and will never be listed");
  }
  for (const { locationId, companyId, name, direct, listed } of truth.locations) {
    const row = rowsById.get(locationId);
    if (direct && !row?.hasTokens) say(locationId, "is installed and not connected");
    if (!listed) continue;
    const isKnown = row?.coveredBy === companyId;
    if (!isKnown && !unheard.has(locationId)) say(locationId, `is not covered by its agency "${companyId}"`);
    if (isListed && isKnown && row.name !== name) {
      say(locationId, `is called "${row.name}" and not "${name}"`);
    }
  }
  for (const row of rows) {
    const { kind, resourceId, hasCiphertext, hasMinted, coveredBy, isUnsettled } = row;
    const location = locations.get(resourceId);
    const isInstalled = kind === "company" ? companies.get(resourceId)?.installed : location?.direct;
    if (hasCiphertext && !isInstalled) say(resourceId, "is uninstalled and has tokens");
    const isReached = location?.listed === true && location.companyId === coveredBy;
    if (coveredBy !== null && !isReached && !unheard.has(resourceId)) {
      say(resourceId, `is covered by "${coveredBy}", which does not have it`);
    }
    if (coveredBy === null && hasMinted) say(resourceId, "is not covered and has a minted token");
    if (coveredBy !== null && !rowsById.get(coveredBy)?.hasTokens) {
      say(resourceId, `is covered by "${coveredBy}", which is not connected`);
    }
    if (kind === "company" && row.isListed && !row.hasTokens) {
      say(resourceId, "is not connected and waits to be listed");
    }
    if (isUnsettled) say(resourceId, "is not settled");
  }
  return violations;
}
