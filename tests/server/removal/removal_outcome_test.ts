import assert from "node:assert/strict";
import {
  type Obstacle,
  outcomeFor,
  type RemovalFailure,
  type RemovalOutcome,
  streakWith,
} from "../../../server/removal/removal_outcome.ts";

const DAY = 24 * 3600;
const NO_TOKEN = {
  reason: "no_token",
  refusal: { reason: "refresh_failing", retryAfterSeconds: 5 },
} as const;
const PAUSED = { reason: "no_token", refusal: { reason: "location_paused" } } as const;
const DEAD = { reason: "no_token", refusal: { reason: "reconnect_required" } } as const;
const GONE = { reason: "no_token", refusal: { reason: "not_connected" } } as const;
const AWAY = { reason: "unavailable", pauseSeconds: null } as const;

type Before = Parameters<typeof streakWith>[1];
const NOTHING: Before = { obstacle: null, obstacleTries: 0, obstacleSeconds: 0 };
const after = (obstacle: Obstacle, obstacleTries: number, obstacleSeconds: number): Before => ({
  obstacle,
  obstacleTries,
  obstacleSeconds,
});

/** What came before, what HighLevel says now, and what comes of it with tokens of one's own and without. */
const TRIES: readonly (readonly [Before, RemovalFailure, RemovalOutcome, RemovalOutcome])[] = [
  [NOTHING, { reason: "not_installed" }, "removed", "removed"],
  [NOTHING, { reason: "scope_missing" }, "forgotten", "refused"],
  [NOTHING, { reason: "wrong_class" }, "forgotten", "refused"],
  [NOTHING, { reason: "no_access" }, "forgotten", "refused"],
  [NOTHING, DEAD, "forgotten", "refused"],
  [NOTHING, GONE, "forgotten", "pending"],
  [NOTHING, PAUSED, "pending", "pending"],
  [NOTHING, { reason: "location_inactive" }, "pending", "pending"],
  [NOTHING, { reason: "rate_limited", pauseSeconds: 60 }, "pending", "pending"],
  [NOTHING, { reason: "request_rejected", pauseSeconds: null }, "pending", "pending"],
  [NOTHING, AWAY, "pending", "pending"],
  [after("no_token", 1000, 10 * DAY), AWAY, "pending", "pending"],
  [after("no_token", 1000, 10 * DAY), PAUSED, "pending", "pending"],
  [NOTHING, NO_TOKEN, "pending", "pending"],
  [after("no_token", 22, DAY), NO_TOKEN, "pending", "pending"],
  [after("no_token", 1000, DAY - 1), NO_TOKEN, "pending", "pending"],
  [after("no_token", 23, DAY), NO_TOKEN, "forgotten", "refused"],
  [after("token_refused", 1000, 10 * DAY), NO_TOKEN, "pending", "pending"],
  [after("token_refused", 1000, DAY - 1), { reason: "token_refused" }, "pending", "pending"],
  [after("token_refused", 22, DAY), { reason: "token_refused" }, "pending", "pending"],
  [after("token_refused", 23, DAY), { reason: "token_refused" }, "forgotten", "refused"],
  [after("no_token", 1000, 10 * DAY), { reason: "token_refused" }, "pending", "pending"],
  [NOTHING, { reason: "tokens_refused" }, "pending", "pending"],
  [after("tokens_refused", 2, 3600), { reason: "tokens_refused" }, "pending", "pending"],
  [after("tokens_refused", 100, 899), { reason: "tokens_refused" }, "pending", "pending"],
  [after("tokens_refused", 3, 900), { reason: "tokens_refused" }, "forgotten", "refused"],
  [after("token_refused", 100, 3600), { reason: "tokens_refused" }, "pending", "pending"],
];

for (const [before, refused, own, covered] of TRIES) {
  const { obstacle, obstacleTries: tries, obstacleSeconds: seconds } = before;
  const said = refused.reason === "no_token" ? `no token: ${refused.refusal.reason}` : refused.reason;
  const then = obstacle === null ? "nothing" : `${tries} tries in ${seconds} s with "${obstacle}"`;
  Deno.test(`outcomeFor() makes "${own}", or "${covered}" without own tokens, of "${said}" after ${then}`, () => {
    const streak = streakWith(refused, before);
    assert.equal(outcomeFor(refused, { hasOwn: true, streak }), own);
    assert.equal(outcomeFor(refused, { hasOwn: false, streak }), covered);
  });
}
