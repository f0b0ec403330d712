/** What the ledger, the truth and the database say of a run once everything is quiet. */
import * as v from "valibot";
import { stateFor } from "../../server/connections/problem_state.ts";
import { tokenContext } from "../../server/connections/token_context.ts";
import { open } from "../../server/crypto/seal.ts";
import type { Database } from "../../server/db/connect_database.ts";
import type { SimulatorProcess } from "../support/simulator_process.ts";
import { type ApiCall, type CallFigures, judgeCalls, readApiCalls } from "./call_verdict.ts";
import { callReasons, mayBeClaimedAgain } from "./call_reasons.ts";
import type { ChaosOptions } from "./chaos_options.ts";
import type { ChaosWorld } from "./chaos_world.ts";
import { judgeEnds, readHistory } from "./ends_verdict.ts";
import { judgeLimits } from "./limit_verdict.ts";
import type { LogRecord } from "./log_record.ts";
import { createTally, type Tally } from "./tally.ts";
import { judgeTree, readTree, readTruth, type Truth } from "./tree_verdict.ts";
import type { Violation } from "./violation.ts";
import { judgeWebhooks, type WebhookFigures } from "./webhook_verdict.ts";
import { lostResources, type WebhookDelivery } from "./webhook_weather.ts";

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
  families: v.array(v.object({
    id: v.string(),
    minted: v.boolean(),
    ended: v.nullable(v.object({ at: v.number() })),
  })),
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
  readonly resourceId: string;
  readonly refreshToken: Uint8Array;
  readonly problemCode: string | null;
}

export interface Verdict {
  readonly violations: readonly Violation[];
  readonly ledger: LedgerReport;
  readonly apiCalls: readonly ApiCall[];
  readonly deliveries: readonly WebhookDelivery[];
  readonly truth: Truth;
  /** Installs at HighLevel that have tokens of their own. */
  readonly installed: number;
  /** Connections whose token in the database can be refreshed now. */
  readonly refreshable: number;
  readonly lost: number;
  readonly lostRotations: number;
  /** Of installs that a person has replaced since: nobody needs their tokens. */
  readonly lostInReplacedInstalls: number;
  readonly presentedOutsideWindow: number;
  readonly webhooks: WebhookFigures;
  readonly calls: CallFigures;
  /** The history of all connections, by event and cause. */
  readonly events: Tally;
}

export interface VerdictOptions {
  readonly world: ChaosWorld;
  readonly options: ChaosOptions;
  readonly record: LogRecord;
  /** Every agency was listed after the last change: lost webhooks excuse nothing any more. */
  readonly isListed: boolean;
  readonly seconds: number;
}

const TOKENS_AT_ONCE = 500;

/** Call it while no server runs: otherwise a token is used between two looks. */
export async function reachVerdict(
  { world, options, record, isListed, seconds }: VerdictOptions,
): Promise<Verdict> {
  const { database, keys, simulator, stableIds, weather } = world;
  const ledger = v.parse(LedgerReport, await simulator.control("ledger"));
  const truth = await readTruth(simulator);
  const deliveries = await weather.deliveries();
  const rows = await readInstalls(database);
  const refreshTokens = rows.map(({ id, refreshToken }) =>
    open(keys, refreshToken, tokenContext(id, "refresh_token"))
  );
  const states = v.parse(Refreshable, await simulator.control("ledger/refreshable", { refreshTokens }));
  const familyIds = await readFamilies(simulator, refreshTokens);

  const violations: Violation[] = [];
  let refreshable = 0;
  for (const [index, { resourceId, problemCode }] of rows.entries()) {
    const state = states.refreshTokens[index];
    if (state?.refreshableNow) refreshable += 1;
    else {violations.push({
        what: `A connection is lost: its token is "${state?.state}"`,
        locationId: resourceId,
      });}
    if (stateFor(problemCode) === "connected") continue;
    violations.push({
      what: `A connection is "${stateFor(problemCode)}": ${problemCode}`,
      locationId: resourceId,
    });
  }
  for (const id of stableIds) {
    const isThere = truth.locations.some(({ locationId, direct }) => locationId === id && direct);
    if (!isThere) violations.push({ what: `"${id}" was uninstalled, and by nobody`, locationId: id });
  }
  const lostInUse = ledger.lostRotations.filter(({ familyId }) => familyIds.includes(familyId));
  for (const { resourceId } of lostInUse) {
    violations.push({ what: "A rotation is lost", locationId: resourceId });
  }
  const outsideWindow = await findOutsideWindow(simulator, ledger);
  for (const resourceId of outsideWindow) {
    violations.push({ what: "A token was presented after its window", locationId: resourceId });
  }
  for (const resourceId of await findPresentedMinted(simulator, ledger)) {
    violations.push({ what: "A minted refresh token was presented", locationId: resourceId });
  }
  const unheard = isListed ? new Set<string>() : lostResources(deliveries);
  violations.push(...judgeEnds(await readHistory(database), world.book));
  violations.push(...judgeTree({ truth, rows: await readTree(database), unheard, isListed }));
  for (const what of world.leases.tooLong()) violations.push({ what, locationId: null });
  const givenUp = record.events.count("webhook_given_up");
  if (givenUp > 0) violations.push({ what: `${givenUp} webhooks were given up`, locationId: null });
  const webhooks = await judgeWebhooks({
    database,
    deliveries,
    mayBeClaimedAgain: mayBeClaimedAgain({ world, options, record }),
    postponed: record.postponed,
  });
  const apiCalls = await readApiCalls(simulator);
  const calls = await judgeCalls({
    calls: apiCalls,
    slowAsks: world.traffic.slowAsks(),
    deliveries,
    carriedOutAt: record.carriedOutAt,
    database,
    reasons: callReasons({ world, options, record, deliveries, webhooks: webhooks.figures, seconds }),
  });
  const installed = truth.companies.filter((company) => company.installed).length +
    truth.locations.filter(({ direct }) => direct).length;
  return {
    violations: [
      ...violations,
      ...webhooks.violations,
      ...calls.violations,
      ...judgeLimits(apiCalls, options.servers),
    ],
    ledger,
    apiCalls,
    deliveries,
    truth,
    installed,
    refreshable,
    lost: Math.max(0, installed - refreshable),
    lostRotations: lostInUse.length,
    lostInReplacedInstalls: ledger.lostRotations.length - lostInUse.length,
    presentedOutsideWindow: outsideWindow.length,
    webhooks: webhooks.figures,
    calls: calls.figures,
    events: await countEvents(database),
  };
}

async function readInstalls(database: Database): Promise<ConnectionRow[]> {
  return await database<ConnectionRow[]>`
    SELECT id, CASE kind WHEN 'company' THEN company_id ELSE location_id END AS "resourceId",
      refresh_token AS "refreshToken", problem_code AS "problemCode"
    FROM connections WHERE refresh_token IS NOT NULL ORDER BY 2`;
}

async function readFamilies(
  simulator: SimulatorProcess,
  refreshTokens: readonly string[],
): Promise<(string | null)[]> {
  const familyIds: (string | null)[] = [];
  for (let start = 0; start < refreshTokens.length; start += TOKENS_AT_ONCE) {
    const some = { refreshTokens: refreshTokens.slice(start, start + TOKENS_AT_ONCE) };
    familyIds.push(...v.parse(FamilyIds, await simulator.control("ledger/families", some)).familyIds);
  }
  return familyIds;
}

/** HighLevel says of an install that is over that it is over, and not that its token was used up. */
async function findOutsideWindow(
  simulator: SimulatorProcess,
  { families, refreshTokensPresentedOutsideWindow: presented }: LedgerReport,
): Promise<(string | null)[]> {
  const endedAt = new Map(families.map(({ id, ended }) => [id, ended?.at ?? Number.POSITIVE_INFINITY]));
  const familyIds = await readFamilies(simulator, presented.map(({ credential }) => credential ?? ""));
  return presented
    .filter(({ at }, index) => at < (endedAt.get(familyIds[index] ?? "") ?? Number.POSITIVE_INFINITY))
    .map(({ resourceId }) => resourceId);
}

/** A location of an agency never rotates. The ids of those that did, if that is known. */
async function findPresentedMinted(
  simulator: SimulatorProcess,
  { calls, families }: LedgerReport,
): Promise<(string | null)[]> {
  const minted = new Set(families.filter((family) => family.minted).map(({ id }) => id));
  const presented = calls.filter(({ grantType, credential }) =>
    grantType === "refresh_token" && credential !== null
  );
  const familyIds = await readFamilies(simulator, presented.map(({ credential }) => credential ?? ""));
  return presented.filter((_, index) => minted.has(familyIds[index] ?? "")).map(({ resourceId }) =>
    resourceId
  );
}

async function countEvents(database: Database): Promise<Tally> {
  const events = createTally();
  const rows = await database<{ name: string; count: number }[]>`
    SELECT event || ' (' || cause || ')' AS name, count(*)::int AS count FROM connection_events GROUP BY name`;
  for (const { name, count } of rows) events.add(name, count);
  return events;
}
