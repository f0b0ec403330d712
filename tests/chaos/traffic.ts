/** Integrations that ask for tokens while everything goes wrong, and what HighLevel says of the tokens that they get. */
import { setTimeout as delay } from "node:timers/promises";
import * as v from "valibot";
import { AccessTokenResponse } from "#shared/access_token.ts";
import { companyTokenPath, locationTokenPath } from "#shared/endpoints.ts";
import type { SimulatorProcess } from "../support/simulator_process.ts";
import type { SeededRandom } from "./seeded_random.ts";
import type { ServerSlot } from "./server_slot.ts";
import { createTally, type Tally } from "./tally.ts";

export interface Traffic {
  /** One caller, or some at once for the same location or agency at different servers. Never throws. */
  askForTokens(): Promise<void>;
  /** One caller for a location that may have lost the app, or be paused. Never throws. */
  ask(locationId: string): Promise<void>;
  /** Asks the simulator whose tokens were handed out since the last time. */
  checkTokens(): Promise<void>;
  /** Asks once for each location, and HighLevel takes the tokens, or it is a violation. */
  useTokens(locationIds: readonly string[]): Promise<void>;
  /** Answers by status. */
  readonly answers: Tally;
  /** How often somebody asked about a location of an agency. */
  asksForAgencies(): number;
  /** Callers that had to wait long. */
  slowAsks(): readonly SlowAsk[];
}

/** Times are milliseconds since 1970. */
export interface SlowAsk {
  readonly resourceId: string;
  readonly from: number;
  readonly until: number;
}

export interface TrafficOptions {
  readonly simulator: SimulatorProcess;
  readonly slots: readonly ServerSlot[];
  readonly apiKey: string;
  /** Locations that keep the app all the time. */
  readonly stableIds: readonly string[];
  /** Locations at this moment that may have it, and those that live by an agency's install. */
  readonly changingIds: () => readonly string[];
  readonly coveredIds: () => readonly string[];
  readonly companyIds: readonly string[];
  readonly random: SeededRandom;
  readonly onViolation: (what: string, locationId?: string) => void;
}

interface Subject {
  readonly id: string;
  readonly path: string;
  /** An answer with another status would be about the run, not about what it does to the servers. */
  readonly statuses: readonly number[];
}

const ResourceIds = v.object({ resourceIds: v.array(v.nullable(v.string())) });
const CALLERS_AT_ONCE = 6;
const MOST_TTL_SECONDS = 5;
const CALL_MILLISECONDS = 30_000;
/** A pause that HighLevel asked for in the storm may not be over. */
const USE_TRIES = 20;
const USE_PAUSE_MILLISECONDS = 1000;
const API_VERSION = "2021-07-28";
const STATUSES = [200, 500, 503];
/** 404: the app is not installed. 409: a person has to act. */
const CHANGING_STATUSES = [...STATUSES, 404, 409];
/** Nearly as long as the lease of a mint. */
const SLOW_MILLISECONDS = 8000;
const CHANGING = 0.5;
const AGENCY_TOKENS = 0.1;
const COVERED = 0.7;
/** How often several ask at once. */
const TOGETHER = 0.2;

export function createTraffic(options: TrafficOptions): Traffic {
  const { simulator, slots, apiKey, stableIds, changingIds, coveredIds, companyIds, random, onViolation } =
    options;
  const answers = createTally();
  let given: { id: string; accessToken: string }[] = [];
  const slow: SlowAsk[] = [];
  let asksForAgencies = 0;

  /** The token, if that is what came back. */
  async function askAt(slot: ServerSlot, subject: Subject, minTtl: number): Promise<string | undefined> {
    const { id, path, statuses } = subject;
    const from = Date.now();
    try {
      const response = await fetch(`${slot.url}${path}?minTtl=${minTtl}`, {
        headers: { authorization: `Bearer ${apiKey}` },
        signal: AbortSignal.timeout(CALL_MILLISECONDS),
      });
      const body: unknown = await response.json();
      answers.add(String(response.status));
      if (!statuses.includes(response.status)) {
        onViolation(`A caller got ${response.status} for "${id}": ${JSON.stringify(body)}`, id);
      }
      if (response.status !== 200) return undefined;
      const { accessToken, locationId, companyId } = v.parse(AccessTokenResponse, body);
      if ((locationId ?? companyId) !== id) onViolation(`A caller of "${id}" got another's token`, id);
      given.push({ id, accessToken });
      return accessToken;
    } catch (error) {
      answers.add(error instanceof DOMException && error.name === "TimeoutError" ? "too late" : "cut off");
      return undefined;
    } finally {
      const until = Date.now();
      if (until - from > SLOW_MILLISECONDS) slow.push({ resourceId: id, from, until });
    }
  }

  function pickSubject(): Subject {
    const changing = changingIds();
    if (changing.length === 0 || !random.chance(CHANGING)) {
      return locationSubject(random.pick(stableIds), STATUSES);
    }
    if (companyIds.length > 0 && random.chance(AGENCY_TOKENS)) {
      const id = random.pick(companyIds);
      return { id, path: companyTokenPath(id), statuses: CHANGING_STATUSES };
    }
    const covered = coveredIds();
    return changingSubject(random.pick(covered.length > 0 && random.chance(COVERED) ? covered : changing));
  }

  function changingSubject(locationId: string): Subject {
    asksForAgencies += 1;
    return locationSubject(locationId, CHANGING_STATUSES);
  }

  const randomTtl = (): number => Math.floor(random.between(0, MOST_TTL_SECONDS + 1));

  async function useToken(locationId: string): Promise<void> {
    let accessToken: string | undefined;
    for (let tries = 0; tries < USE_TRIES && accessToken === undefined; tries++) {
      if (tries > 0) await delay(USE_PAUSE_MILLISECONDS);
      accessToken = await askAt(random.pick(slots), changingSubject(locationId), 1);
    }
    if (accessToken === undefined) return onViolation(`There is no token for "${locationId}"`, locationId);
    const response = await fetch(`${simulator.url}/locations/${locationId}`, {
      headers: { authorization: `Bearer ${accessToken}`, version: API_VERSION },
    });
    await response.body?.cancel();
    if (response.status !== 200) {
      onViolation(`HighLevel refuses a token of "${locationId}" with ${response.status}`, locationId);
    }
  }

  return {
    answers,
    asksForAgencies: () => asksForAgencies,
    slowAsks: () => slow,
    async askForTokens() {
      const subject = pickSubject();
      const minTtl = randomTtl();
      const callers = random.chance(TOGETHER) ? CALLERS_AT_ONCE : 1;
      const calls = Array.from({ length: callers }, () => askAt(random.pick(slots), subject, minTtl));
      await Promise.all(calls);
    },
    ask: async (locationId) => void await askAt(random.pick(slots), changingSubject(locationId), randomTtl()),
    async checkTokens() {
      const checked = given;
      given = [];
      const accessTokens = checked.map(({ accessToken }) => accessToken);
      const { resourceIds } = v.parse(
        ResourceIds,
        await simulator.control("ledger/access-tokens", { accessTokens }),
      );
      for (const [index, { id }] of checked.entries()) {
        if (resourceIds[index] === id) continue;
        onViolation(`A caller of "${id}" got a token that HighLevel never issued for it`, id);
      }
    },
    async useTokens(locationIds) {
      const waiting = locationIds.values();
      const useNext = async (): Promise<void> => {
        for (const locationId of waiting) await useToken(locationId);
      };
      await Promise.all(Array.from({ length: CALLERS_AT_ONCE }, useNext));
    },
  };
}

function locationSubject(id: string, statuses: readonly number[]): Subject {
  return { id, path: locationTokenPath(id), statuses };
}
