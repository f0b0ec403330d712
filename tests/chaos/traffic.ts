/** What happens around the rotations of a run: integrations ask for tokens, and people connect again. */
import * as v from "valibot";
import { AccessTokenResponse } from "#shared/access_token.ts";
import { locationTokenPath } from "#shared/endpoints.ts";
import type { SimulatorProcess } from "../support/simulator_process.ts";
import type { SeededRandom } from "./seeded_random.ts";
import type { ServerSlot } from "./server_slot.ts";
import { createTally, type Tally } from "./tally.ts";

export interface Traffic {
  /** One caller, or some at once for the same location at different servers. Never throws. */
  askForTokens(): Promise<void>;
  /** A person installs the app in a location, for the first time or again. False when that did not come to an end. */
  install(locationId: string, slot: ServerSlot): Promise<boolean>;
  reauthorizeOne(): Promise<void>;
  /** Asks the simulator whose tokens were handed out since the last time. */
  checkTokens(): Promise<void>;
  /** Answers by status. */
  readonly answers: Tally;
  /** Installs by what came of them. */
  readonly installs: Tally;
}

export interface TrafficOptions {
  readonly simulator: SimulatorProcess;
  readonly slots: readonly ServerSlot[];
  readonly locationIds: readonly string[];
  readonly apiKey: string;
  /** Locations whose tokens are being rotated at this moment. */
  readonly rotating: () => Promise<readonly string[]>;
  readonly random: SeededRandom;
  readonly onViolation: (what: string) => void;
}

const CodeIssued = v.object({ code: v.string() });
const ResourceIds = v.object({ resourceIds: v.array(v.nullable(v.string())) });
const CALLERS_AT_ONCE = 6;
const MOST_TTL_SECONDS = 5;
const CALL_MILLISECONDS = 30_000;
/** Anything else would be about the run, not about what it does to the servers. */
const EXPECTED_STATUSES = [200, 500, 503];

export function createTraffic(options: TrafficOptions): Traffic {
  const { simulator, slots, locationIds, apiKey, rotating, random, onViolation } = options;
  const [answers, installs] = [createTally(), createTally()];
  let given: { locationId: string; accessToken: string }[] = [];

  async function askForToken(slot: ServerSlot, locationId: string, minTtl: number): Promise<void> {
    try {
      const response = await fetch(`${slot.url}${locationTokenPath(locationId)}?minTtl=${minTtl}`, {
        headers: { authorization: `Bearer ${apiKey}` },
        signal: AbortSignal.timeout(CALL_MILLISECONDS),
      });
      const body: unknown = await response.json();
      answers.add(String(response.status));
      if (!EXPECTED_STATUSES.includes(response.status)) {
        return onViolation(`A caller got ${response.status} for "${locationId}": ${JSON.stringify(body)}`);
      }
      if (response.status !== 200) return;
      const token = v.parse(AccessTokenResponse, body);
      if (token.locationId !== locationId) onViolation(`A caller of "${locationId}" got another's token`);
      given.push({ locationId, accessToken: token.accessToken });
    } catch (error) {
      answers.add(error instanceof DOMException && error.name === "TimeoutError" ? "too late" : "cut off");
    }
  }

  async function install(locationId: string, slot: ServerSlot): Promise<boolean> {
    const { code } = v.parse(CodeIssued, await simulator.control("codes", { locationIds: [locationId] }));
    try {
      const response = await fetch(`${slot.url}/oauth/callback?code=${code}`, {
        headers: { "x-forwarded-for": randomAddress(random) },
        signal: AbortSignal.timeout(CALL_MILLISECONDS),
      });
      await response.text();
      installs.add("answered");
      return true;
    } catch {
      // The server was killed meanwhile. The code may be spent; a person would try again, and the older tokens live on.
      installs.add("cut off");
      return false;
    }
  }

  return {
    answers,
    installs,
    install,
    async askForTokens() {
      const locationId = random.pick(locationIds);
      const minTtl = Math.floor(random.between(0, MOST_TTL_SECONDS + 1));
      const callers = random.chance(0.1) ? CALLERS_AT_ONCE : 1;
      const calls = Array.from(
        { length: callers },
        () => askForToken(random.pick(slots), locationId, minTtl),
      );
      await Promise.all(calls);
    },
    async reauthorizeOne() {
      // Half of the time in the middle of a rotation, which is to lose against the new tokens.
      const busy = random.chance(0.5) ? await rotating() : [];
      await install(random.pick(busy.length > 0 ? busy : locationIds), random.pick(slots));
    },
    async checkTokens() {
      const checked = given;
      given = [];
      const accessTokens = checked.map(({ accessToken }) => accessToken);
      const { resourceIds } = v.parse(
        ResourceIds,
        await simulator.control("ledger/access-tokens", { accessTokens }),
      );
      for (const [index, { locationId }] of checked.entries()) {
        if (resourceIds[index] === locationId) continue;
        onViolation(`A caller of "${locationId}" got a token that HighLevel never issued for it`);
      }
    },
  };
}

/** Each person calls from an address of their own: routes without a credential are limited by address. */
function randomAddress(random: SeededRandom): string {
  return `10.${[0, 0, 0].map(() => Math.floor(random.between(1, 255))).join(".")}`;
}
