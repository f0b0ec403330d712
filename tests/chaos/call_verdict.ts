/** What Relatch asked of HighLevel's API: nothing that nobody wanted, and not more often than there was a reason to. */
import * as v from "valibot";
import type { Database } from "../../server/db/connect_database.ts";
import type { SimulatorProcess } from "../support/simulator_process.ts";
import type { SlowAsk } from "./traffic.ts";
import type { Violation } from "./violation.ts";
import type { WebhookDelivery } from "./webhook_weather.ts";

/** What the simulator reports of calls, as far as the verdict goes by it. */
const ApiCalls = v.object({
  calls: v.array(v.object({
    at: v.number(),
    operation: v.string(),
    resourceId: v.string(),
    about: v.nullable(v.string()),
    status: v.nullable(v.number()),
    fault: v.nullable(v.string()),
    delivered: v.boolean(),
  })),
});
export type ApiCall = v.InferOutput<typeof ApiCalls>["calls"][number];

/** Why there may have been calls. */
export interface CallReasons {
  /** What people asked Relatch to disconnect. */
  readonly disconnected: ReadonlySet<string>;
  /** How long an access token lives. */
  readonly lifetimeSeconds: number;
  /** How often somebody wanted a token of a location that an agency may have, however many at once. */
  readonly asks: number;
  /** How often a listing was due. */
  readonly listings: number;
  /** Begun, and cut off by the end of a process. */
  readonly unfinishedListings: number;
  readonly pagesOfListing: number;
  /** How often a webhook was carried out, and how many agencies one without a company may be about. */
  readonly webhooks: number;
  readonly agencies: number;
  /** Processes that died or were stopped with work under way, and times without a database. */
  readonly interruptions: number;
}

/** Calls, and how many there may be at the most. */
export interface CallFigures {
  readonly mints: number;
  readonly mostMints: number;
  /** Pages of listings. */
  readonly pages: number;
  readonly mostPages: number;
  /** Questions about one location. */
  readonly questions: number;
  readonly mostQuestions: number;
  readonly details: number;
  readonly uninstalls: number;
  readonly faults: number;
}

/** A token that was minted is good for at least a half of its life, whoever asks. */
const SOONEST_SHARE = 1 / 3;
/** A webhook whose process died waits for the end of its lease. */
const CARRIED_OUT_MILLISECONDS = 40_000;
/** The question that follows when a webhook is carried out. */
const CALL_MILLISECONDS = 8000;
/** A caller's patience, and how long its mint may go on after that. */
const LATE_MILLISECONDS = 30_000;
/** Calls whose answer was of no use, or whose token had just ended, are made again at once, so often at the most. */
const MINT_TRIES = 4;
const PAGE_TRIES = 5;
const QUESTION_TRIES = 3;

export async function readApiCalls(simulator: SimulatorProcess): Promise<readonly ApiCall[]> {
  return v.parse(ApiCalls, await simulator.control("ledger/api-calls")).calls;
}

export async function judgeCalls(
  { calls, slowAsks, deliveries, carriedOutAt, database, reasons }: {
    calls: readonly ApiCall[];
    slowAsks: readonly SlowAsk[];
    deliveries: readonly WebhookDelivery[];
    carriedOutAt: (webhookId: string) => readonly number[];
    database: Database;
    reasons: CallReasons;
  },
): Promise<{ violations: Violation[]; figures: CallFigures }> {
  const violations: Violation[] = [];
  const say = (what: string, locationId: string | null = null): void =>
    void violations.push({ what, locationId });
  const of = (operation: string): ApiCall[] => calls.filter((call) => call.operation === operation);

  const figures = figuresFor(calls, reasons);
  for (
    const [what, count, most] of [
      ["Tokens were minted", figures.mints, figures.mostMints],
      ["Locations were listed", figures.pages, figures.mostPages],
      ["Single locations were asked about", figures.questions, figures.mostQuestions],
    ] as const
  ) {
    if (count > most) say(`${what} ${count} times, and ${most} can be explained`);
  }
  for (const { resourceId, status } of of("uninstall")) {
    if (status === 200 && !reasons.disconnected.has(resourceId)) {
      say(`Relatch uninstalled "${resourceId}", and nobody asked for it`, resourceId);
    }
  }
  const hasty = findHasty(of("location_token"), {
    milliseconds: reasons.lifetimeSeconds * 1000 * SOONEST_SHARE,
    changes: [...await readChanges(database), ...toldOf(deliveries, carriedOutAt)],
    slowAsks,
  });
  for (const { about, seconds } of hasty) {
    say(`Two tokens were minted for "${about}" within ${seconds.toFixed(1)} s`, about);
  }
  return { violations, figures };
}

function figuresFor(calls: readonly ApiCall[], reasons: CallReasons): CallFigures {
  const { asks, listings, unfinishedListings, pagesOfListing, webhooks, agencies, interruptions } = reasons;
  const count = (fits: (call: ApiCall) => boolean): number => calls.filter(fits).length;
  const isMint = ({ operation }: ApiCall): boolean => operation === "location_token";
  const isPage = ({ operation, about }: ApiCall): boolean =>
    operation === "installed_locations" && about === null;
  const isQuestion = ({ operation, about }: ApiCall): boolean =>
    operation === "installed_locations" && about !== null;
  const isUseless = ({ fault, status }: ApiCall): boolean => fault !== null || status === 401;
  const useless = (of: (call: ApiCall) => boolean): number => count((call) => of(call) && isUseless(call));
  const refusedMints = count((call) => isMint(call) && call.status === 400);
  return {
    mints: count(isMint),
    mostMints: asks + interruptions + MINT_TRIES * useless(isMint),
    pages: count(isPage),
    mostPages: (listings + unfinishedListings) * pagesOfListing + PAGE_TRIES * useless(isPage),
    questions: count(isQuestion),
    // A webhook that names no agency is about any of them; whatever a listing does not name is asked about.
    mostQuestions: webhooks * agencies + 2 * refusedMints + listings * pagesOfListing +
      QUESTION_TRIES * (interruptions + useless(isQuestion)),
    details: count(({ operation }) => operation === "installer_details"),
    uninstalls: count(({ operation }) => operation === "uninstall"),
    faults: count(({ fault }) => fault !== null),
  };
}

/** When a minted token may have been wiped, in milliseconds since 1970. */
interface Change {
  readonly locationId: string;
  readonly from: number;
  readonly until: number;
}

/** Locations came to an agency's install or went, or the agency authorised it anew. */
async function readChanges(database: Database): Promise<Change[]> {
  const rows = await database<{ locationId: string; at: Date }[]>`
    SELECT c.location_id AS "locationId", e.at FROM connection_events e JOIN connections c ON c.id = e.connection_id
    WHERE e.event IN ('covered', 'uncovered')
    UNION ALL
    SELECT c.location_id, e.at FROM connection_events e JOIN coverages v ON v.company_connection_id = e.connection_id
      JOIN connections c ON c.id = v.connection_id
    WHERE e.event IN ('connected', 'reauthorized')`;
  return rows.map(({ locationId, at }) => ({ locationId, from: at.getTime(), until: at.getTime() }));
}

/** HighLevel told of an uninstall, which is carried out some time after it was sent, and perhaps once more. */
function toldOf(
  deliveries: readonly WebhookDelivery[],
  carriedOutAt: (webhookId: string) => readonly number[],
): Change[] {
  const told = deliveries.filter(({ type }) => type === "UNINSTALL");
  return told.flatMap(({ resourceId: locationId, webhookId, attempts }) => [
    ...attempts.map(({ at }) => ({ locationId, from: at, until: at + CARRIED_OUT_MILLISECONDS })),
    ...carriedOutAt(webhookId).map((at) => ({ locationId, from: at - CALL_MILLISECONDS, until: at })),
  ]);
}

/** Mints that came too soon after another one that had brought a token, and that nothing explains. */
function findHasty(
  mints: readonly ApiCall[],
  { milliseconds, changes, slowAsks }: {
    milliseconds: number;
    changes: readonly Change[];
    slowAsks: readonly SlowAsk[];
  },
): { about: string; seconds: number }[] {
  const changesOf = Map.groupBy(changes, ({ locationId }) => locationId);
  const hasty: { about: string; seconds: number }[] = [];
  const last = new Map<string, ApiCall>();
  for (const mint of mints) {
    const { about, at, status, fault, delivered } = mint;
    if (about === null || status === null || status >= 300 || fault !== null || !delivered) continue;
    const before = last.get(about);
    last.set(about, mint);
    if (before === undefined || at - before.at > milliseconds) continue;
    const isChanged = changesOf.get(about)?.some(({ from, until }) =>
      until > before.at - milliseconds && from < at + milliseconds
    );
    // The agency's token was long in coming: a mint that waited for it was late for its lease, and another one in time.
    const isLate = slowAsks.some(({ resourceId, from }) =>
      resourceId === about && from < before.at && from > before.at - LATE_MILLISECONDS
    );
    if (!isChanged && !isLate) hasty.push({ about, seconds: (at - before.at) / 1000 });
  }
  return hasty;
}
