import {
  createGlancer,
  type GlancedTab,
  type GlancerDeps,
} from "../../extension/src/background/glance/glancer.ts";
import { type WatchedBrowser, watchTabs } from "../../extension/src/background/glance/watch_tabs.ts";
import { type ConnectionStatus, notConnectedStatus } from "#shared/connection_status.ts";
import assert from "node:assert/strict";
import {
  connectedStatus,
  fakeStorage,
  LOCATION_ID,
  NOW,
  OTHER_LOCATION_ID,
  SERVER,
  SESSION_TOKEN,
} from "./fake_browser.ts";

const HIGHLEVEL = "https://app.gohighlevel.com";
const [PAGE, OTHER_PAGE] = [LOCATION_ID, OTHER_LOCATION_ID].map((id) =>
  `${HIGHLEVEL}/v2/location/${id}/dashboard`
);
const session = { id: "s", server: SERVER, token: SESSION_TOKEN, expiresAt: "2027-01-01T00:00:00.000Z" };
const [LOOK, PAINT] = [{ mayAsk: true }, { mayAsk: false }];

function statusesOf(status: ConnectionStatus, ageMs = 0): Record<string, unknown> {
  const entry = { locationId: LOCATION_ID, status, checkedAt: NOW - ageMs };
  return { session, statuses: { sessionId: "s", entries: [entry] } };
}

type Fake = GlancerDeps & {
  local: ReturnType<typeof fakeStorage>;
  /** By id; a test changes them as a person does. */
  tabs: Map<number, GlancedTab>;
  /** `<tab> <icon>`, in the order in which they were shown. */
  shown: string[];
  requests: string[];
};

function fakeDeps(
  { local = {}, ...overrides }: { local?: Record<string, unknown> } & Partial<Omit<GlancerDeps, "local">> =
    {},
): Fake {
  const tabs = new Map<number, GlancedTab>([[1, { id: 1, url: PAGE }]]);
  const [shown, requests]: [string[], string[]] = [[], []];
  const { fetch = () => Promise.resolve(Response.json(connectedStatus())), ...others } = overrides;
  return {
    builtInServer: SERVER,
    now: () => NOW,
    getTab: (tabId) => {
      const tab = tabs.get(tabId);
      return tab === undefined
        ? Promise.reject(new Error(`No tab with id: ${tabId}.`))
        : Promise.resolve(tab);
    },
    visibleTabs: () => Promise.resolve([...tabs.values()]),
    show: (tabId, { icon }) => {
      shown.push(`${tabId} ${icon}`);
      return Promise.resolve();
    },
    ...others,
    fetch: (url, init) => {
      requests.push(new URL(url).pathname);
      return fetch(url, init);
    },
    local: fakeStorage(local),
    tabs,
    shown,
    requests,
  };
}

Deno.test("look() shows what is known at once, and asks nothing while it is fresh", async () => {
  const deps = fakeDeps({ local: statusesOf(connectedStatus({ state: "reconnect_required" }), 60_000) });
  await createGlancer(deps).look(1, LOOK);
  assert.deepEqual([deps.shown, deps.requests], [["1 marked"], []]);
});

Deno.test("look() asks again about what is old, shows the answer, and keeps it for the popup", async () => {
  const deps = fakeDeps({ local: statusesOf(connectedStatus({ state: "paused", kind: "company" }), 60_001) });
  deps.fetch = () => Promise.resolve(Response.json(notConnectedStatus(LOCATION_ID)));
  await createGlancer(deps).look(1, LOOK);
  assert.deepEqual(deps.shown, ["1 icon", "1 outline"]);
  const entry = { locationId: LOCATION_ID, status: notConnectedStatus(LOCATION_ID), checkedAt: NOW };
  assert.deepEqual(deps.local.all().statuses, { sessionId: "s", entries: [entry] });
});

Deno.test("look() leaves what the popup keeps beside the status of a connection that is still the same", async () => {
  const entry = { locationId: LOCATION_ID, status: connectedStatus(), checkedAt: 1, connectedAt: 5 };
  const deps = fakeDeps({ local: { session, statuses: { sessionId: "s", entries: [entry] } } });
  await createGlancer(deps).look(1, LOOK);
  const kept = { ...entry, checkedAt: NOW };
  assert.deepEqual(deps.local.all().statuses, { sessionId: "s", entries: [kept] });
});

Deno.test("look() asks nothing about a tab that nobody sees", async () => {
  const deps = fakeDeps({ local: { session } });
  await createGlancer(deps).look(1, PAINT);
  assert.deepEqual([deps.shown, deps.requests], [["1 grey"], []]);
});

const QUIET: readonly [string, string | undefined, Record<string, unknown>][] = [
  ["without an address", undefined, { session }],
  ["of another site", "https://www.example.com/v2/locations", { session }],
  ["of an agency", `${HIGHLEVEL}/v2/agency_dashboard`, { session }],
  ["of a location in a browser that is not signed in", PAGE, {}],
  ["of a location while another server is chosen", PAGE, {
    ...statusesOf(connectedStatus()),
    server: "https://other.example.com",
  }],
];
for (const [what, url, local] of QUIET) {
  Deno.test(`look() stays grey and asks nobody about a tab ${what}`, async () => {
    const deps = fakeDeps({ local });
    deps.tabs.set(1, { id: 1, url });
    await createGlancer(deps).look(1, LOOK);
    assert.deepEqual([deps.shown, deps.requests], [["1 grey"], []]);
  });
}

Deno.test("look() follows a white-label domain whose address may be known", async () => {
  const deps = fakeDeps({ local: statusesOf(connectedStatus()) });
  deps.tabs.set(1, { id: 1, url: `https://app.agency.example/v2/location/${LOCATION_ID}/contacts` });
  await createGlancer(deps).look(1, LOOK);
  assert.deepEqual(deps.shown, ["1 icon"]);
});

Deno.test("look() raises nothing when the tab has been closed", async () => {
  const deps = fakeDeps({ local: { session } });
  await createGlancer(deps).look(99, LOOK);
  assert.deepEqual([deps.shown, deps.requests], [[], []]);
});

const SILENT: readonly [string, () => Promise<Response>][] = [
  ["does not answer", () => Promise.reject(new TypeError("Failed to fetch"))],
  ["is in trouble", () => Promise.resolve(new Response("{}", { status: 503 }))],
  ["is none of ours", () => Promise.resolve(new Response("<html>"))],
];
for (const [what, fetch] of SILENT) {
  Deno.test(`look() leaves what was known when the server ${what}, and asks again only after a while`, async () => {
    let now = NOW;
    const deps = fakeDeps({ local: statusesOf(connectedStatus(), 120_000), fetch, now: () => now });
    const glancer = createGlancer(deps);
    for (const ms of [0, 9_999, 1]) {
      now += ms;
      await glancer.look(1, LOOK);
    }
    assert.deepEqual(deps.shown, ["1 icon", "1 icon", "1 icon"]);
    assert.equal(deps.requests.length, 2);
  });
}

Deno.test("look() forgets what it knew when the session has ended, and has every tab in view say so", async () => {
  const deps = fakeDeps({
    local: statusesOf(connectedStatus(), 120_000),
    fetch: () => Promise.resolve(new Response("{}", { status: 401 })),
  });
  deps.tabs.set(2, { id: 2, url: PAGE });
  deps.tabs.set(3, { id: 3, url: "https://example.com/" });
  const glancer = createGlancer(deps);
  await glancer.look(1, LOOK);
  assert.deepEqual(deps.local.all(), { session });
  const last = (tabId: number) => deps.shown.findLast((shown) => shown.startsWith(`${tabId} `));
  assert.deepEqual([1, 2, 3].map(last), ["1 marked", "2 marked", "3 grey"]);
  await glancer.look(1, PAINT);
  assert.equal(deps.shown.at(-1), "1 marked");

  // Whoever has connected again has another session.
  await deps.local.set({ session: { ...session, id: "s2" } });
  await glancer.look(1, PAINT);
  assert.equal(deps.shown.at(-1), "1 grey");
});

Deno.test("look() asks again soon when no answer came, since the network may be back", async () => {
  let now = NOW;
  const answers = [
    () => Promise.reject(new TypeError("Failed to fetch")),
    () => Promise.resolve(Response.json(connectedStatus())),
  ];
  const deps = fakeDeps({
    local: { session },
    fetch: () => (answers.shift() ?? assert.fail)(),
    now: () => now,
  });
  const glancer = createGlancer(deps);
  await glancer.look(1, LOOK);
  now += 1_999;
  await glancer.look(1, LOOK);
  assert.deepEqual(deps.shown, ["1 grey", "1 grey"]);
  now += 1;
  await glancer.look(1, LOOK);
  assert.deepEqual(deps.shown, ["1 grey", "1 grey", "1 grey", "1 icon"]);
});

Deno.test("looks at two windows at once keep what both have learnt", async () => {
  const deps = fakeDeps({
    local: { session },
    fetch: (url) => {
      const isOther = url.includes(OTHER_LOCATION_ID);
      const locationId = isOther ? OTHER_LOCATION_ID : LOCATION_ID;
      const state = isOther ? "connected" : "reconnect_required";
      return Promise.resolve(Response.json(connectedStatus({ locationId, state })));
    },
  });
  deps.tabs.set(2, { id: 2, url: OTHER_PAGE });
  const glancer = createGlancer(deps);
  await glancer.lookAtVisible(LOOK);
  deps.shown.length = 0;
  await glancer.lookAtVisible(PAINT);
  assert.deepEqual(deps.shown.toSorted(), ["1 marked", "2 icon"]);
});

Deno.test("look() keeps no answer for someone who signed out meanwhile", async () => {
  const answer = Promise.withResolvers<Response>();
  const deps = fakeDeps({ local: { session }, fetch: () => answer.promise });
  const looking = createGlancer(deps).look(1, LOOK);
  await deps.local.remove(["session", "statuses"]);
  answer.resolve(Response.json(connectedStatus()));
  await looking;
  assert.deepEqual(deps.local.all(), {});
  assert.deepEqual(deps.shown, ["1 grey"]);
});

Deno.test("look() shows an answer also when it cannot be stored", async () => {
  const deps = fakeDeps({ local: { session } });
  deps.local.set = () => Promise.reject(new Error("QuotaExceeded"));
  await createGlancer(deps).look(1, LOOK);
  assert.deepEqual(deps.shown, ["1 grey", "1 icon"]);
});

Deno.test("an answer about the page before does not overwrite what the tab shows now", async () => {
  const answers = new Map(
    [LOCATION_ID, OTHER_LOCATION_ID].map((id) => [id, Promise.withResolvers<Response>()]),
  );
  const asked = Promise.withResolvers<void>();
  const deps = fakeDeps({
    local: { session },
    fetch: (url) => {
      const [, id] = [...answers].find(([id]) => url.includes(id)) ?? [];
      asked.resolve();
      return id?.promise ?? Promise.reject(new Error(`Nobody answers "${url}"`));
    },
  });
  const glancer = createGlancer(deps);
  const first = glancer.look(1, LOOK);
  await asked.promise;
  deps.tabs.set(1, { id: 1, url: OTHER_PAGE });
  const second = glancer.look(1, LOOK);
  answers.get(OTHER_LOCATION_ID)?.resolve(Response.json(notConnectedStatus(OTHER_LOCATION_ID)));
  await second;
  answers.get(LOCATION_ID)?.resolve(Response.json(connectedStatus()));
  await first;
  assert.deepEqual(deps.shown, ["1 grey", "1 grey", "1 outline"]);
});

Deno.test("of many looks at one tab the last decides, however slowly the earlier ones read", async () => {
  const deps = fakeDeps({ local: statusesOf(connectedStatus()) });
  const slow = Promise.withResolvers<void>();
  const { getTab } = deps;
  let looks = 0;
  deps.getTab = async (tabId) => {
    const tab = await getTab(tabId);
    if (++looks === 1) await slow.promise;
    return tab;
  };
  const glancer = createGlancer(deps);
  const first = glancer.look(1, LOOK);
  deps.tabs.set(1, { id: 1, url: "https://www.example.com/" });
  await glancer.look(1, LOOK);
  slow.resolve();
  await first;
  assert.deepEqual(deps.shown, ["1 grey"]);
});

Deno.test("two windows on the same location ask once", async () => {
  const deps = fakeDeps({ local: { session } });
  deps.tabs.set(2, { id: 2, url: PAGE });
  await createGlancer(deps).lookAtVisible(LOOK);
  assert.equal(deps.requests.length, 1);
  assert.deepEqual(deps.shown.toSorted(), ["1 grey", "1 icon", "2 grey", "2 icon"]);
});

type Listener = (...values: never[]) => void;

/** Registers what `watchTabs()` listens to, by name. */
function fakeEvents(): { browser: WatchedBrowser; listeners: Map<string, Listener> } {
  const listeners = new Map<string, Listener>();
  const event = (name: string) => ({
    addListener: (listener: Listener) => void listeners.set(name, listener),
  });
  return {
    browser: {
      tabs: { onActivated: event("activated"), onUpdated: event("updated") },
      windows: { onFocusChanged: event("focus"), WINDOW_ID_NONE: -1 },
      storage: { onChanged: event("storage") },
      permissions: { onAdded: event("added"), onRemoved: event("removed") },
    },
    listeners,
  };
}

const EVENTS: readonly [what: string, name: string, values: unknown[], looks: string[]][] = [
  ["a tab that comes into view", "activated", [{ tabId: 4 }], ["4 ask"]],
  ["an address that changes without a page load", "updated", [4, { url: PAGE }, { active: true }], ["4 ask"]],
  ["an address that changes out of sight", "updated", [4, { url: PAGE }, { active: false }], ["4"]],
  ["a page without a known address", "updated", [4, { status: "loading" }, { active: true }], ["4 ask"]],
  ["a title alone", "updated", [4, { title: "x" }, { active: true }], []],
  ["another window in front", "focus", [7], ["visible ask"]],
  ["no window in front, as while the popup is open", "focus", [-1], []],
  ["signing in or out", "storage", [{ session: {}, statuses: {} }, "local"], ["visible ask"]],
  ["another server", "storage", [{ server: {} }, "local"], ["visible ask"]],
  ["a status that somebody learnt", "storage", [{ statuses: {} }, "local"], ["visible"]],
  ["another language", "storage", [{ language: {} }, "local"], ["visible"]],
  ["a running attempt", "storage", [{ attempt: {} }, "session"], []],
  ["a setting of something else", "storage", [{ told: {} }, "local"], []],
  ["a domain that is allowed", "added", [{}], ["visible ask"]],
  ["a domain that is allowed no more", "removed", [{}], ["visible ask"]],
];
for (const [what, name, values, expected] of EVENTS) {
  Deno.test(`watchTabs() looks at ${expected.join(" ") || "nothing"} after ${what}`, () => {
    const { browser, listeners } = fakeEvents();
    const looks: string[] = [];
    const look = (which: string, { mayAsk }: { mayAsk: boolean }): Promise<void> => {
      looks.push(mayAsk ? `${which} ask` : which);
      return Promise.resolve();
    };
    watchTabs(browser, {
      look: (tabId, options) => look(String(tabId), options),
      lookAtVisible: (options) => look("visible", options),
    });
    const listener = listeners.get(name);
    assert.ok(listener !== undefined);
    Reflect.apply(listener, null, values);
    assert.deepEqual(looks, expected);
  });
}
