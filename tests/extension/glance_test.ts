import { BELIEVED_MS, glanceFor } from "../../extension/src/background/glance/glance.ts";
import { lastWins } from "../../extension/src/background/glance/last_wins.ts";
import { showGlance, type ToolbarAction } from "../../extension/src/background/glance/show_glance.ts";
import { type ConnectionStatus, notConnectedStatus } from "#shared/connection_status.ts";
import assert from "node:assert/strict";
import { connectedStatus, LOCATION_ID, NOW } from "./fake_browser.ts";

function glanceOf(status: ConnectionStatus, checkedAt = NOW) {
  return glanceFor({ known: { locationId: LOCATION_ID, status, checkedAt }, now: NOW });
}

function problem(code: string): ConnectionStatus["problem"] {
  return { code, since: "2023-11-14T20:00:00.000Z", retryAt: null };
}

const NOTHING = { icon: "grey", title: "name", name: null, badge: "" };

const GLANCES: readonly [string, Partial<ConnectionStatus>, [string, string, string]][] = [
  ["connected", {}, ["icon", "glance_connected", ""]],
  ["connected by its agency", { kind: "company" }, ["icon", "glance_connected", ""]],
  ["connected, lacking permissions", { missingScopes: ["a"] }, ["marked", "glance_scopes_missing", "!"]],
  [
    "degraded",
    { state: "degraded", problem: problem("rate_limited") },
    ["icon", "glance_degraded", ""],
  ],
  [
    "degraded, lacking permissions",
    { state: "degraded", missingScopes: ["a"] },
    ["icon", "glance_degraded", ""],
  ],
  [
    "being removed",
    { state: "degraded", problem: problem("removal_pending") },
    ["icon", "glance_disconnecting", ""],
  ],
  ["paused", { state: "paused" }, ["icon", "glance_paused", ""]],
  [
    "to be connected again",
    { state: "reconnect_required", problem: problem("refresh_token_rejected") },
    ["marked", "glance_reconnect_required", "!"],
  ],
  [
    "without a scope of its agency",
    { state: "reconnect_required", kind: "company", problem: problem("scope_missing") },
    ["icon", "reconnect_scope_missing", ""],
  ],
];
for (const [what, changes, [icon, title, badge]] of GLANCES) {
  Deno.test(`glanceFor() says of a location that is ${what}: ${icon}, ${title}`, () => {
    assert.deepEqual(glanceOf(connectedStatus(changes)), { icon, title, badge, name: "Bright Smile Dental" });
  });
}

Deno.test("glanceFor() draws an outline for a location that is not connected", () => {
  const glance = { icon: "outline", title: "glance_not_connected", name: null, badge: "" };
  assert.deepEqual(glanceOf(notConnectedStatus(LOCATION_ID)), glance);
});

Deno.test("glanceFor() stays grey while nothing is known", () => {
  assert.deepEqual(glanceFor({ known: null, now: NOW }), NOTHING);
});

Deno.test("glanceFor() stays grey about what is too old to be believed, or comes from the future", () => {
  assert.equal(glanceOf(connectedStatus(), NOW - BELIEVED_MS).icon, "icon");
  assert.deepEqual(glanceOf(connectedStatus(), NOW - BELIEVED_MS - 1), NOTHING);
  assert.deepEqual(glanceOf(connectedStatus(), NOW + BELIEVED_MS + 1), NOTHING);
});

Deno.test("glanceFor() shortens a name that would fill the screen", () => {
  const { name } = glanceOf(connectedStatus({ locationName: "n".repeat(1000) }));
  assert.ok(name !== null && name.length < 100);
});

type Call = [name: keyof ToolbarAction, details: unknown];

function fakeAction(
  answer: () => Promise<void> = () => Promise.resolve(),
): ToolbarAction & { calls: Call[] } {
  const calls: Call[] = [];
  const record = (name: keyof ToolbarAction) => (details: unknown): Promise<void> => {
    calls.push([name, details]);
    return answer();
  };
  return {
    setIcon: record("setIcon"),
    setTitle: record("setTitle"),
    setBadgeText: record("setBadgeText"),
    setBadgeBackgroundColor: record("setBadgeBackgroundColor"),
    setBadgeTextColor: record("setBadgeTextColor"),
    calls,
  };
}

Deno.test("showGlance() writes everything for its tab alone, and takes an earlier badge away", async () => {
  const action = fakeAction();
  await showGlance(action, { tabId: 7, glance: glanceOf(connectedStatus()), title: "Connected." });
  const path = { "16": "icons/icon-16.png", "32": "icons/icon-32.png", "48": "icons/icon-48.png" };
  assert.deepEqual(action.calls, [
    ["setIcon", { tabId: 7, path }],
    ["setTitle", { tabId: 7, title: "Connected." }],
    ["setBadgeText", { tabId: 7, text: "" }],
  ]);
});

Deno.test("showGlance() gives a badge its colours", async () => {
  const action = fakeAction();
  const glance = glanceOf(connectedStatus({ state: "reconnect_required" }));
  await showGlance(action, { tabId: 7, glance, title: "" });
  assert.deepEqual(action.calls.map(([name]) => name).slice(2), [
    "setBadgeText",
    "setBadgeBackgroundColor",
    "setBadgeTextColor",
  ]);
});

Deno.test("showGlance() raises nothing when the tab is gone", async () => {
  const action = fakeAction(() => Promise.reject(new Error("No tab with id: 7.")));
  await showGlance(action, { tabId: 7, glance: glanceOf(connectedStatus()), title: "" });
  assert.equal(action.calls.length, 3);
});

Deno.test("lastWins() writes one value after the other, and of those that wait the last", async () => {
  const written: string[] = [];
  const slow = Promise.withResolvers<void>();
  const put = lastWins<string>(async (key, value) => {
    if (value === "a") await slow.promise;
    written.push(`${key}${value}`);
  });
  const first = put(1, "a");
  await Promise.all([put(1, "b"), put(1, "c"), put(2, "x")]);
  slow.resolve();
  await first;
  await put(1, "d");
  assert.deepEqual(written, ["2x", "1a", "1c", "1d"]);
});

Deno.test("lastWins() goes on after a value that could not be written", async () => {
  const written: string[] = [];
  const put = lastWins<string>((_, value) => {
    if (value === "bad") return Promise.reject(new Error("Cannot write"));
    written.push(value);
    return Promise.resolve();
  });
  await assert.rejects(put(1, "bad"));
  await put(1, "good");
  assert.deepEqual(written, ["good"]);
});
