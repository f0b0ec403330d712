import { type Alarms, keepAlarm } from "../../extension/src/background/notify/keep_alarm.ts";
import { createNotifier, type NotifierDeps } from "../../extension/src/background/notify/notifier.ts";
import {
  MOST_NOTICES,
  type Notice,
  planNotices,
} from "../../extension/src/background/notify/plan_notices.ts";
import { noticeId, showNotice } from "../../extension/src/background/notify/show_notice.ts";
import type { ConnectionStatus } from "#shared/connection_status.ts";
import assert from "node:assert/strict";
import { connectedStatus, fakeStorage, SERVER, SESSION_TOKEN } from "./fake_browser.ts";

const session = { id: "s", server: SERVER, token: SESSION_TOKEN, expiresAt: "2027-01-01T00:00:00.000Z" };
const WANTED = { session, notifications: true };

/** A connection that has to be connected again. */
function needing(connectionId: string, changes: Partial<ConnectionStatus> = {}): ConnectionStatus {
  return connectedStatus({ state: "reconnect_required", connectionId, ...changes });
}

/** A location that lives by the install of the agency `companyId`. */
function covered(connectionId: string, companyId: string): ConnectionStatus {
  return needing(connectionId, { kind: "company", companyId });
}

function location(connectionId: string): Notice {
  return { kind: "location", connectionId, name: "Bright Smile Dental" };
}

const PLANS: readonly [string, string[], ConnectionStatus[], ReturnType<typeof planNotices>][] = [
  ["nothing while all is well", [], [], { notices: [], told: [] }],
  ["of a location that needs a person", [], [needing("a")], { notices: [location("a")], told: ["a"] }],
  ["nothing twice", ["a"], [needing("a")], { notices: [], told: ["a"] }],
  ["only what is new", ["a"], [needing("a"), needing("b")], { notices: [location("b")], told: ["a", "b"] }],
  ["nothing of what is well again, and forgets it", ["a"], [], { notices: [], told: [] }],
  [
    "nothing of what heals by itself, is well, or has to be mended at the server",
    [],
    [
      needing("a", { state: "degraded" }),
      needing("b", { state: "paused" }),
      needing("c", { state: "connected", missingScopes: ["x"] }),
      needing("d", { state: "not_connected" }),
      needing("e", { problem: { code: "scope_missing", since: "2026-01-01T00:00:00Z", retryAt: null } }),
    ],
    { notices: [], told: [] },
  ],
  [
    "of an agency once, whatever lives by its install",
    [],
    [covered("a", "C"), covered("b", "C"), covered("c", "C"), covered("d", "C"), covered("e", "D")],
    {
      notices: [{ kind: "agency", connectionId: "a" }, { kind: "agency", connectionId: "e" }],
      told: ["company C", "company D"],
    },
  ],
  [
    "of an agency by its own connection, when that is in sight",
    [],
    [
      covered("a", "C"),
      needing("own", { kind: "company", companyId: "C", locationId: null }),
      covered("b", "C"),
    ],
    { notices: [{ kind: "agency", connectionId: "own" }], told: ["company C"] },
  ],
  [
    "nothing of another location of an agency that was told",
    ["company C"],
    [covered("z", "C")],
    { notices: [], told: ["company C"] },
  ],
  [
    "one by one of as many as fit",
    [],
    [needing("a"), needing("b"), needing("c")],
    { notices: [location("a"), location("b"), location("c")], told: ["a", "b", "c"] },
  ],
  [
    "in one summary of more",
    ["a"],
    ["a", "b", "c", "d", "e"].map((id) => needing(id)),
    { notices: [{ kind: "summary", count: 4 }], told: ["a", "b", "c", "d", "e"] },
  ],
  [
    "of a location whose name is not known",
    [],
    [needing("a", { locationName: null })],
    { notices: [{ kind: "location", connectionId: "a", name: null }], told: ["a"] },
  ],
];
for (const [what, told, connections, plan] of PLANS) {
  Deno.test(`planNotices() tells ${what}`, () => {
    assert.deepEqual(planNotices({ told, connections }), plan);
  });
}

type Fake = NotifierDeps & {
  local: ReturnType<typeof fakeStorage>;
  told: string[];
  requests: string[];
  /** What the server knows. */
  connections: ConnectionStatus[];
};

type Overrides = { local?: Record<string, unknown>; mayNotify?: boolean; answer?: (url: URL) => Response };

function fakeDeps({ local = WANTED, mayNotify = true, answer }: Overrides = {}): Fake {
  const fake: Fake = {
    local: fakeStorage(local),
    builtInServer: SERVER,
    mayNotify: () => mayNotify,
    fetch: async (address) => {
      const url = new URL(address);
      fake.requests.push(url.pathname + url.search);
      const page = { connections: fake.connections, nextCursor: null };
      return await Promise.resolve(answer?.(url) ?? Response.json(page));
    },
    notify: (notice) => {
      fake.told.push(noticeId(notice));
      return Promise.resolve();
    },
    told: [],
    requests: [],
    connections: [],
  };
  return fake;
}

Deno.test("check() tells once of what breaks, and again when it breaks again", async () => {
  const deps = fakeDeps();
  const steps = [[], [needing("connection-a")], [needing("connection-a")], [], [needing("connection-a")]];
  const told: number[] = [];
  for (const connections of steps) {
    deps.connections = connections;
    // A new one each time: the background is stopped between two alarms.
    await createNotifier(deps).check();
    told.push(deps.told.length);
  }
  assert.deepEqual(told, [0, 1, 1, 1, 2]);
  assert.deepEqual(deps.told, ["#connection-a", "#connection-a"]);
});

Deno.test("check() asks for what needs a person alone, page by page, and takes no part for the whole", async () => {
  const deps = fakeDeps({
    answer: ({ searchParams }) =>
      searchParams.has("cursor")
        ? Response.json({ connections: [needing("connection-b")], nextCursor: null })
        : Response.json({ connections: [], nextCursor: "2" }),
  });
  await createNotifier(deps).check();
  assert.deepEqual(deps.requests, [
    "/api/connections?state=reconnect_required&limit=100",
    "/api/connections?state=reconnect_required&limit=100&cursor=2",
  ]);
  assert.deepEqual(deps.told, ["#connection-b"]);

  const kept = deps.local.all().told;
  const halfGone = fakeDeps({
    local: { ...WANTED, told: kept },
    answer: ({ searchParams }) =>
      searchParams.has("cursor")
        ? new Response("{}", { status: 502 })
        : Response.json({ connections: [], nextCursor: "2" }),
  });
  await createNotifier(halfGone).check();
  assert.deepEqual(halfGone.local.all().told, kept);
});

Deno.test("check() tells of connections whose large page cannot be read", async () => {
  const all = Array.from({ length: 30 }, (_, index) => needing(`connection-${index}`));
  const deps = fakeDeps({
    answer: ({ searchParams }) => {
      const [limit, start] = [Number(searchParams.get("limit")), Number(searchParams.get("cursor") ?? 0)];
      if (limit > 20) return new Response("x".repeat(300 * 1024));
      const end = start + limit;
      return Response.json({
        connections: all.slice(start, end),
        nextCursor: end < all.length ? `${end}` : null,
      });
    },
  });
  await createNotifier(deps).check();
  assert.deepEqual(deps.told, ["#state=reconnect_required"]);
  assert.deepEqual(deps.local.all().told, {
    sessionId: "s",
    keys: all.map(({ connectionId }) => connectionId),
  });
  assert.deepEqual(deps.requests.map((path) => /limit.*/.exec(path)?.[0]), [
    "limit=100",
    "limit=20",
    "limit=20&cursor=20",
  ]);
});

Deno.test("check() gives up on a server that answers with the same page for ever", async () => {
  const deps = fakeDeps({
    answer: () => Response.json({ connections: [needing("connection-a")], nextCursor: "more" }),
  });
  await createNotifier(deps).check();
  assert.deepEqual([deps.told, deps.requests.length], [[], 2]);
});

Deno.test("check() tells once of more than it reads", async () => {
  const answer = ({ searchParams }: URL): Response => {
    const page = Number(searchParams.get("cursor") ?? 0);
    const connections = Array.from({ length: 100 }, (_, index) => needing(`connection-${page}-${index}`));
    return Response.json({ connections, nextCursor: String(page + 1) });
  };
  const deps = fakeDeps({ answer });
  await createNotifier(deps).check();
  await createNotifier(deps).check();
  assert.deepEqual(deps.told, ["#state=reconnect_required"]);
});

const told = { sessionId: "s", keys: ["connection-a"] };
const UNWANTED: readonly [string, Overrides][] = [
  ["is signed out", { local: { notifications: true, told } }],
  ["is signed in elsewhere", { local: { ...WANTED, told, server: "https://other.example.com" } }],
  ["did not switch it on", { local: { session, told } }],
  ["took the permission back", { local: { ...WANTED, told }, mayNotify: false }],
];
for (const [what, overrides] of UNWANTED) {
  Deno.test(`check() asks nothing and keeps nothing for a person who ${what}`, async () => {
    const deps = fakeDeps(overrides);
    deps.connections = [needing("connection-b")];
    await createNotifier(deps).check();
    assert.deepEqual([deps.requests, deps.told, deps.local.all().told], [[], [], undefined]);
  });
}

const ANSWERS: readonly [string, () => Response, unknown][] = [
  ["a server in trouble changes nothing", () => new Response("{}", { status: 503 }), told],
  ["a server that is none of ours changes nothing", () => new Response("<html>"), told],
  [
    "a session that has ended is forgotten with what it was told",
    () => new Response("{}", { status: 401 }),
    undefined,
  ],
];
for (const [what, answer, kept] of ANSWERS) {
  Deno.test(`check(): ${what}`, async () => {
    const deps = fakeDeps({ local: { ...WANTED, told }, answer });
    await createNotifier(deps).check();
    assert.deepEqual([deps.told, deps.local.all().told], [[], kept]);
  });
}

Deno.test("check() changes nothing when the server is away", async () => {
  const deps = fakeDeps({ local: { ...WANTED, told } });
  deps.fetch = () => Promise.reject(new TypeError("Failed to fetch"));
  await createNotifier(deps).check();
  assert.deepEqual([deps.told, deps.local.all().told], [[], told]);
});

Deno.test("check() tells nobody who signed out meanwhile", async () => {
  const deps = fakeDeps();
  deps.connections = [needing("connection-a")];
  const { fetch } = deps;
  deps.fetch = async (url, init) => {
    await deps.local.remove(["session"]);
    return await fetch(url, init);
  };
  await createNotifier(deps).check();
  assert.deepEqual([deps.told, deps.local.all().told], [[], undefined]);
});

Deno.test("check() tells a new session again", async () => {
  const deps = fakeDeps({ local: { ...WANTED, told: { ...told, sessionId: "before" } } });
  deps.connections = [needing("connection-a")];
  await createNotifier(deps).check();
  assert.deepEqual(deps.told, ["#connection-a"]);
});

Deno.test("check() tells nothing that it cannot remember to have told", async () => {
  const deps = fakeDeps();
  deps.connections = [needing("connection-a")];
  deps.local.set = () => Promise.reject(new Error("QuotaExceeded"));
  await assert.rejects(createNotifier(deps).check());
  assert.deepEqual(deps.told, []);
});

Deno.test("check() tells another time what the browser did not show", async () => {
  const deps = fakeDeps();
  deps.connections = [needing("connection-a")];
  const { notify } = deps;
  deps.notify = () => Promise.reject(new Error("No permission"));
  await createNotifier(deps).check();
  assert.deepEqual(deps.told, []);
  deps.notify = notify;
  await createNotifier(deps).check();
  await createNotifier(deps).check();
  assert.deepEqual(deps.told, ["#connection-a"]);
});

Deno.test("two checks at once tell once", async () => {
  const deps = fakeDeps();
  deps.connections = [needing("connection-a")];
  const notifier = createNotifier(deps);
  await Promise.all([notifier.check(), notifier.check()]);
  assert.deepEqual([deps.told, deps.requests.length], [["#connection-a"], 2]);
});

const IDS: readonly [Notice, string][] = [
  [location("0190a000-0000-7000-8000-000000000001"), "#0190a000-0000-7000-8000-000000000001"],
  [
    { kind: "agency", connectionId: "0190a000-0000-7000-8000-000000000002" },
    "#0190a000-0000-7000-8000-000000000002",
  ],
  [{ kind: "summary", count: MOST_NOTICES + 1 }, "#state=reconnect_required"],
];
for (const [notice, id] of IDS) {
  Deno.test(`noticeId() of a notice of kind ${notice.kind} is where a click leads`, () => {
    assert.equal(noticeId(notice), id);
  });
}

Deno.test("showNotice() shows a picture, a title and a line", async () => {
  const created: unknown[] = [];
  const create = (...details: unknown[]) => Promise.resolve(void created.push(details));
  const texts = { iconUrl: "icon.png", title: "Broken", message: "Click." };
  await showNotice({ create }, { notice: { kind: "summary", count: 4 }, ...texts });
  assert.deepEqual(created, [["#state=reconnect_required", { type: "basic", ...texts }]]);
});

Deno.test("keepAlarm() sets an alarm for every five minutes, and does not put off one that is set", async () => {
  const set = new Map<string, unknown>();
  const alarms: Alarms = {
    get: (name) => Promise.resolve(set.get(name)),
    create: (name, details) => {
      assert.ok(!set.has(name));
      set.set(name, details);
    },
  };
  await keepAlarm(alarms);
  await keepAlarm(alarms);
  assert.deepEqual([...set.values()], [{ periodInMinutes: 5 }]);
});
