/** What the ledger and the database say of a run once everything is quiet. */
import * as v from "valibot";
import { stateFor } from "../../server/connections/problem_state.ts";
import { tokenContext } from "../../server/connections/token_context.ts";
import type { EncryptionKeys } from "../../server/crypto/encryption_keys.ts";
import { open } from "../../server/crypto/seal.ts";
import type { Database } from "../../server/db/connect_database.ts";
import type { SimulatorProcess } from "../support/simulator_process.ts";
import { createTally, type Tally } from "./tally.ts";
import type { Violation } from "./violation.ts";

const TokenCall = v.object({
  at: v.number(),
  grantType: v.nullable(v.string()),
  credential: v.nullable(v.string()),
  resourceId: v.nullable(v.string()),
  outcome: v.string(),
  fault: v.nullable(v.string()),
  delivered: v.boolean(),
});
/** What the simulator reports, as far as the verdict goes by it. */
const LedgerReport = v.object({
  calls: v.array(TokenCall),
  refreshTokensPresentedOutsideWindow: v.array(TokenCall),
  lostRotations: v.array(v.object({ familyId: v.string(), resourceId: v.string() })),
});
export type LedgerReport = v.InferOutput<typeof LedgerReport>;

const Refreshable = v.object({
  refreshTokens: v.array(v.object({ refreshableNow: v.boolean(), state: v.string() })),
});
const FamilyIds = v.object({ familyIds: v.array(v.nullable(v.string())) });

interface ConnectionRow {
  readonly id: string;
  readonly locationId: string;
  readonly refreshToken: Uint8Array;
  readonly problemCode: string | null;
}

export interface Verdict {
  readonly violations: readonly Violation[];
  readonly ledger: LedgerReport;
  /** Connections whose token in the database can be refreshed now. */
  readonly refreshable: number;
  readonly lost: number;
  readonly lostRotations: number;
  /** Of installs that a person has replaced since: nobody needs their tokens. */
  readonly lostInReplacedInstalls: number;
  readonly presentedOutsideWindow: number;
  /** The history of all connections, by event and cause. */
  readonly events: Tally;
}

export interface VerdictOptions {
  readonly database: Database;
  readonly keys: EncryptionKeys;
  readonly simulator: SimulatorProcess;
  readonly locationIds: readonly string[];
}

/** Call it while no server runs: otherwise a token is used between two looks. */
export async function reachVerdict(
  { database, keys, simulator, locationIds }: VerdictOptions,
): Promise<Verdict> {
  const ledger = v.parse(LedgerReport, await simulator.control("ledger"));
  const rows = await database<ConnectionRow[]>`
    SELECT id, location_id AS "locationId", refresh_token AS "refreshToken", problem_code AS "problemCode"
    FROM connections WHERE refresh_token IS NOT NULL ORDER BY location_id`;
  const refreshTokens = rows.map(({ id, refreshToken }) =>
    open(keys, refreshToken, tokenContext(id, "refresh_token"))
  );
  const states = v.parse(Refreshable, await simulator.control("ledger/refreshable", { refreshTokens }));
  const { familyIds } = v.parse(FamilyIds, await simulator.control("ledger/families", { refreshTokens }));

  const violations: Violation[] = [];
  const missing = locationIds.filter((id) => !rows.some(({ locationId }) => locationId === id));
  for (const id of missing) violations.push({ what: `There is no connection of "${id}"`, locationId: id });
  let refreshable = 0;
  for (const [index, { locationId, problemCode }] of rows.entries()) {
    const state = states.refreshTokens[index];
    if (state?.refreshableNow) refreshable += 1;
    else violations.push({ what: `A connection is lost: its token is "${state?.state}"`, locationId });
    if (stateFor(problemCode) === "connected") continue;
    violations.push({ what: `A connection is "${stateFor(problemCode)}": ${problemCode}`, locationId });
  }
  const lostInUse = ledger.lostRotations.filter(({ familyId }) => familyIds.includes(familyId));
  for (const { resourceId } of lostInUse) {
    violations.push({ what: "A rotation is lost", locationId: resourceId });
  }
  for (const { resourceId } of ledger.refreshTokensPresentedOutsideWindow) {
    violations.push({ what: "A token was presented after its window", locationId: resourceId });
  }
  return {
    violations,
    ledger,
    refreshable,
    lost: rows.length - refreshable + missing.length,
    lostRotations: lostInUse.length,
    lostInReplacedInstalls: ledger.lostRotations.length - lostInUse.length,
    presentedOutsideWindow: ledger.refreshTokensPresentedOutsideWindow.length,
    events: await countEvents(database),
  };
}

async function countEvents(database: Database): Promise<Tally> {
  const events = createTally();
  const rows = await database<{ name: string; count: number }[]>`
    SELECT event || ' (' || cause || ')' AS name, count(*)::int AS count FROM connection_events GROUP BY name`;
  for (const { name, count } of rows) events.add(name, count);
  return events;
}
