import { type RefreshProgress, withRefresh } from "../../extension/src/popup/refresh_view.ts";
import { statusViewFor } from "../../extension/src/popup/status_view.ts";
import assert from "node:assert/strict";
import { connectedStatus, LOCATION_ID, NOW } from "./fake_browser.ts";

const connected = statusViewFor({ locationId: LOCATION_ID, status: connectedStatus(), checkedAt: NOW }, NOW);
const degraded = statusViewFor(
  { locationId: LOCATION_ID, status: connectedStatus({ state: "degraded" }), checkedAt: NOW },
  NOW,
);

function shown(refresh: RefreshProgress | null, view = degraded) {
  return withRefresh(view, { refresh, now: NOW });
}

Deno.test("withRefresh() adds nothing when nothing was tried", () => {
  assert.deepEqual(shown(null), degraded);
});

Deno.test("withRefresh() says that a try runs, in the part that is announced and on the button", () => {
  const view = shown({ kind: "running" });
  assert.deepEqual(view, {
    ...degraded,
    nextStep: { key: "asking_highlevel" },
    primary: { action: "refresh", label: "action_trying" },
  });
});

Deno.test("withRefresh() says for a minute that a try was in vain", () => {
  assert.deepEqual(shown({ kind: "in_vain", at: NOW - 60_000 }), {
    ...degraded,
    sentence: { key: "refresh_in_vain" },
  });
  for (const at of [NOW - 60_001, NOW + 60_001]) assert.deepEqual(shown({ kind: "in_vain", at }), degraded);
});

Deno.test("withRefresh() gives every failure a text with one next step, and leaves the state in sight", () => {
  const cases: [RefreshProgress, unknown][] = [
    [{ kind: "not_found" }, { key: "refresh_not_found" }],
    [{ kind: "timed_out" }, { key: "order_timed_out" }],
    [{ kind: "unreachable" }, { key: "order_unreachable" }],
    [{ kind: "server_trouble" }, { key: "order_server_trouble" }],
    [{ kind: "unexpected_answer" }, { key: "order_unexpected_answer" }],
    [{ kind: "rate_limited", retryAfterSeconds: null }, { key: "order_rate_limited" }],
    [{ kind: "rate_limited", retryAfterSeconds: 30 }, { key: "order_rate_limited_seconds", seconds: 30 }],
  ];
  for (const [failure, nextStep] of cases) assert.deepEqual(shown(failure), { ...degraded, nextStep });
});

Deno.test("withRefresh() says that the connection was gone beside whatever the server says now", () => {
  const note = { key: "refresh_not_found" };
  assert.deepEqual(shown({ kind: "not_found" }, connected).note, note);
  const unchecked = { ...connected, checkedAt: null };
  assert.deepEqual(shown({ kind: "not_found" }, unchecked), unchecked);
});

Deno.test("withRefresh() leaves a view alone that offers no try", () => {
  for (const refresh of [{ kind: "running" }, { kind: "in_vain", at: NOW }, { kind: "timed_out" }] as const) {
    assert.deepEqual(shown(refresh, connected), connected);
  }
});
