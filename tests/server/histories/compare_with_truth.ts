/** Compares what is stored when everything has come to rest with what is installed at HighLevel. */
import type { ConnectionState } from "#shared/connection_status.ts";
import { readConnection } from "../../../server/connections/read_status.ts";
import { statusFor } from "../../../server/connections/status_for.ts";
import type { Rotator } from "../../../server/rotation/rotator.ts";
import type { Ledger } from "../../simulator/ledger.ts";
import type { LocationTruth } from "../../simulator/truth.ts";
import { type Exception, exceptionFor } from "./exceptions.ts";
import { isTakenAway, type Moment } from "./find_violations.ts";
import type { HistoryWorld } from "./history_world.ts";
import type { StoredRow } from "./rows.ts";
import type { Scene } from "./scene.ts";
import { whyRefused } from "./try_token.ts";

export interface Comparison {
  /** A sentence each. */
  readonly differences: string[];
  readonly exceptions: Exception[];
}

const MOST_TRIES = 5;

/** What an own install is by the truth, and what its row may say. */
type Standing = "none" | "alive" | "lost" | "excepted";

export async function compareWithTruth(
  world: HistoryWorld,
  moment: Moment,
  scene: Scene,
): Promise<Comparison> {
  const differences: string[] = [];
  const exceptions: Exception[] = [];
  const { highlevel, rows } = moment;
  const { database, config, simulator, upkeep } = world.relatch;
  const differ = (what: string): void => void differences.push(what);

  function standingOf(resourceId: string, row: StoredRow | undefined): Standing {
    if (row === undefined || row.refreshToken === null) return "none";
    const family = highlevel.familyOf(row.refreshToken);
    if (family.ended === null) {
      const isPaused = row.problemCode === "location_inactive";
      if (isPaused || !highlevel.wasInactiveInsideWindow(row.refreshToken)) return "alive";
      exceptions.push("inactive_inside_window");
      return "lost";
    }
    const truth = row.kind === "location" ? highlevel.location(resourceId) : undefined;
    const isThere = row.kind === "location" ? truth?.direct : highlevel.company(resourceId)?.installed;
    // HighLevel has an install there whose tokens never came here.
    if (isThere === true) return "lost";
    const exception = exceptionFor({
      row,
      switches: simulator.switches,
      truth,
      wasConfirmed: row.kind === "location" && wasConfirmed(simulator.ledger, row),
      hasWitness: row.kind === "location" && isWitnessed(moment, row, simulator.clock.now()),
      lookedSecondsAgo: world.lookedSecondsAgo(),
    });
    if (exception === undefined) differ(`${resourceId} keeps the tokens of an install that has ended`);
    else exceptions.push(exception);
    return "excepted";
  }

  const companies = new Map(scene.companyIds.map((id) => [id, standingOf(id, rows.get(id))]));
  for (const resourceId of [...scene.companyIds, ...scene.locationIds]) {
    const row = rows.get(resourceId);
    const truth = highlevel.location(resourceId);
    const ownerId = truth?.companyId ?? row?.companyId ?? resourceId;
    // One that has moved lives by the install that it was reached by, until somebody hears of it.
    const companyId = row?.coveredBy ?? ownerId;
    const own = companies.get(resourceId) ?? standingOf(resourceId, row);
    const agency = companies.get(companyId) ?? "none";
    // What HighLevel deleted is not active, even when somebody brings a code for it afterwards.
    const isThere = scene.companyIds.includes(resourceId) || truth?.active === true;
    const isActive = isThere && highlevel.company(ownerId)?.active !== false;
    const isListed = agency === "alive" && truth?.listed === true && ownerId === companyId;
    const isCovered = row?.isCovered ?? false;
    // Whoever cannot ask HighLevel keeps what is known.
    const isUnaskable = agency === "lost" || agency === "excepted" || isMute(rows.get(companyId));
    if (agency === "alive" && isUnaskable && isListed !== isCovered) {
      exceptions.push("inactive_agency_is_mute");
    }
    const isReached = isUnaskable ? agency === "alive" && isCovered : isListed;

    if (!scene.companyIds.includes(resourceId)) {
      if (!isUnaskable) compareCoverage({ row, truth, isReached }, differ);
    } else if ((own !== "none") !== (row?.isListed ?? false)) {
      differ(`${resourceId} is ${row?.isListed ? "" : "not "}listed`);
    }
    if (isTakenAway(highlevel, resourceId, row)) exceptions.push("said_by_highlevel");
    if (row === undefined) continue;
    const hasInstall = own !== "none" || row.isCovered;
    const isRemoved = hasInstall && (row.isRemovalPending || rows.get(companyId)?.isRemovalPending === true);
    // Of what is not active, HighLevel says neither that the app is there nor that it is not, and removes nothing. Nor does
    // it take a location from an agency whose tokens it refuses.
    const isUnresolved = row.isClaimed || row.isSuspected && isActive ||
      isRemoved && isActive && (own !== "none" || agency === "alive");
    if (isUnresolved) differ(`${resourceId} has not come to rest`);

    const isAgencyDoubted = row.isCovered && agency !== "alive";
    const expected = expectedStates({ own, isReached, isRemoved, isAgencyDoubted, isActive });
    const view = await readConnection(database, row.id);
    const state = view === undefined ? "not_connected" : statusFor(view, config.highlevel.scopes).state;
    if (!expected.includes(state)) differ(`${resourceId} is ${state}, not ${expected.join(" or ")}`);

    const token = await askPatiently(upkeep.tokens, row.id);
    if (state === "connected" && isActive) {
      const failed = token.ok
        ? await whyRefused(simulator, { accessToken: token.value.accessToken, resourceId })
        : token.failure.reason;
      if (failed !== undefined) differ(`${resourceId} is connected, and its token is none: ${failed}`);
    }
    if (state === "not_connected" && token.ok) differ(`${resourceId} has a token and is not connected`);
  }
  return { differences, exceptions };
}

/** As an integration that is told to ask again does: whoever has little time left is told so, too. */
async function askPatiently(tokens: Rotator, connectionId: string): ReturnType<Rotator["liveToken"]> {
  for (let tries = 1;; tries++) {
    const token = await tokens.liveToken(connectionId, 60);
    if (token.ok || token.failure.reason !== "refresh_failing" || tries >= MOST_TRIES) return token;
  }
}

function wasConfirmed(ledger: Ledger, { resourceId, refreshToken }: StoredRow): boolean {
  const refused = ledger.calls().findLast(({ credential }) => credential === refreshToken);
  return refused !== undefined &&
    ledger.apiCalls().some((call) =>
      call.operation === "installer_details" && call.resourceId === resourceId && call.status === 200 &&
      call.delivered && call.at >= refused.at
    );
}

function isWitnessed(
  { highlevel, rows }: Moment,
  { companyId, problemSeconds }: StoredRow,
  now: number,
): boolean {
  const agency = companyId === null ? undefined : rows.get(companyId);
  if (agency === undefined || agency.refreshToken === null) return false;
  const { ended, startedAt } = highlevel.familyOf(agency.refreshToken);
  return ended === null && startedAt < now - (problemSeconds ?? 0) * 1000;
}

/** True for an agency that gets no access token from HighLevel before it is active again. */
function isMute(agency: StoredRow | undefined): boolean {
  return agency?.problemCode === "location_inactive" && (agency.accessTokenEndedSeconds ?? 0) > 0;
}

function compareCoverage(
  { row, truth, isReached }: {
    row: StoredRow | undefined;
    truth: LocationTruth | undefined;
    isReached: boolean;
  },
  differ: (what: string) => void,
): void {
  const id = row?.resourceId ?? truth?.locationId ?? "";
  if (isReached !== (row?.isCovered ?? false)) differ(`${id} is ${isReached ? "not " : ""}covered`);
  if (isReached && row?.isCovered && row.coveredBy !== truth?.companyId) {
    differ(`${id} is covered by ${row.coveredBy}, not ${truth?.companyId}`);
  }
  if (isReached && row?.name !== truth?.name) differ(`${id} is called "${row?.name}", not "${truth?.name}"`);
}

function expectedStates(
  { own, isReached, isRemoved, isAgencyDoubted, isActive }: {
    own: Standing;
    isReached: boolean;
    isRemoved: boolean;
    isAgencyDoubted: boolean;
    isActive: boolean;
  },
): ConnectionState[] {
  if (isRemoved) return ["degraded"];
  // Nobody hears that a location is paused; the next refresh or mint finds out.
  if (own === "alive" || isReached) return isActive ? ["connected"] : ["connected", "paused"];
  if (own === "none" && !isAgencyDoubted) return ["not_connected"];
  return ["reconnect_required"];
}
