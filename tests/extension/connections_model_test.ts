import { createConnectionsModel } from "../../extension/src/connections/connections_model.ts";
import type { Fetch } from "../../extension/src/server_answer.ts";
import { type ConnectionStatus, notConnectedStatus } from "#shared/connection_status.ts";
import assert from "node:assert/strict";
import { connectedStatus, fakeStorage, LOCATION_ID, NOW, SERVER, SESSION_TOKEN } from "./fake_browser.ts";

const MINUTE_MS = 60_000;

type Answer = (url: URL, init: RequestInit) => Response | Promise<Response>;

type StageOptions = {
  connections?: ConnectionStatus[];
  local?: Record<string, unknown>;
  /** What is asked for, and what is answered in the place of a healthy server. */
  answers?: Record<string, Answer>;
};

function signedIn(id = "s1"): Record<string, unknown> {
  return { session: { id, server: SERVER, token: SESSION_TOKEN, expiresAt: "2027-01-01T00:00:00Z" } };
}

/** A healthy server, a clock that stands still, and the model; `asked` names every question with its query. */
async function openStage({ connections = many(250), local = signedIn(), answers = {} }: StageOptions = {}) {
  const storage = fakeStorage(local);
  const asked: string[] = [];
  const clock = { now: NOW };
  const server = { connections, answers, events: [{ at: iso(-1), event: "renewed", cause: "schedule" }] };
  const fetch: Fetch = async (address, init) => {
    const url = new URL(address);
    const name = url.pathname.replace("/api/", "");
    asked.push(`${init.method} ${name}${url.search}`);
    const answer = await (server.answers[name] ?? healthy)(url, init);
    init.signal?.throwIfAborted();
    return answer;
  };
  function healthy(url: URL): Response {
    if (url.pathname.endsWith("/events")) return Response.json({ events: server.events, nextCursor: null });
    if (url.pathname.endsWith("/status")) {
      const found = server.connections.find(({ locationId }) => url.pathname.includes(String(locationId)));
      return Response.json(found ?? notConnectedStatus(LOCATION_ID));
    }
    const limit = Number(url.searchParams.get("limit"));
    const start = Number(url.searchParams.get("cursor") ?? 0);
    const end = start + limit;
    const nextCursor = end < server.connections.length ? String(end) : null;
    return Response.json({ connections: server.connections.slice(start, end), nextCursor });
  }
  const model = await createConnectionsModel({
    local: storage,
    session: fakeStorage(),
    builtInServer: SERVER,
    fetch,
    now: () => clock.now,
    ask: () => Promise.reject(new Error("There is no attempt to ask about")),
    focusWindow: () => Promise.resolve(),
  });
  const seen: number[] = [];
  model.subscribe(() => seen.push(model.state().list?.connections.length ?? -1));
  return { model, storage, asked, clock, server, seen };
}

function many(count: number): ConnectionStatus[] {
  return Array.from(
    { length: count },
    (_, index) =>
      connectedStatus({ connectionId: `connection-${index}`, locationId: `location-${index}-end` }),
  );
}

function iso(hours: number): string {
  return new Date(NOW + hours * 3_600_000).toISOString();
}

function status(code: number): Answer {
  return () => new Response(null, { status: code });
}

Deno.test("createConnectionsModel() asks nothing without a session", async () => {
  const { model, asked } = await openStage({ local: {} });
  await model.open("connection-1");
  await model.tick();
  await model.load();
  assert.deepEqual(asked, []);
  assert.deepEqual([model.state().list, model.state().opened, model.state().hasSessionEnded], [
    null,
    null,
    false,
  ]);
});

Deno.test("load() brings all pages, and shows what has come in ever larger steps", async () => {
  const { model, asked, seen } = await openStage({ connections: many(850) });
  await model.load();
  assert.equal(asked.length, 9);
  assert.deepEqual(asked.slice(0, 2), ["GET connections?limit=100", "GET connections?limit=100&cursor=100"]);
  assert.deepEqual([...new Set(seen)], [0, 100, 200, 400, 800, 850]);
  assert.equal(model.state().list?.isComplete, true);
});

Deno.test("load() keeps what has come when a page fails, and goes on there", async () => {
  const { model, asked, server } = await openStage();
  server.answers.connections = (url) =>
    url.searchParams.has("cursor")
      ? new Response(null, { status: 503 })
      : Response.json({ connections: server.connections.slice(0, 100), nextCursor: "100" });
  await model.load();
  assert.deepEqual(
    [model.state().list?.connections.length, model.state().list?.trouble, model.state().list?.isComplete],
    [100, "server_trouble", false],
  );
  server.answers = {};
  await model.load();
  assert.deepEqual([model.state().list?.connections.length, model.state().list?.trouble], [250, null]);
  assert.equal(asked.filter((question) => question === "GET connections?limit=100").length, 1);
});

Deno.test("load() tells the failures of a server apart", async () => {
  const cases: [string, Answer][] = [
    ["server_trouble", status(429)],
    ["server_trouble", status(500)],
    ["unexpected_answer", status(404)],
    ["unexpected_answer", () => new Response("<html>")],
    ["unexpected_answer", () => Response.json({ connections: [{}], nextCursor: null })],
    ["unreachable", () => Promise.reject(new TypeError("Failed to fetch"))],
  ];
  for (const [trouble, connections] of cases) {
    const { model } = await openStage({ answers: { connections } });
    await model.load();
    assert.equal(model.state().list?.trouble, trouble);
  }
});

Deno.test("load() asks for small pages when large ones cannot be read", async () => {
  const { model, server } = await openStage({ connections: many(30) });
  server.answers.connections = (url) => {
    const isLarge = url.searchParams.get("limit") !== "20";
    if (isLarge) return new Response("x".repeat(300 * 1024));
    const start = Number(url.searchParams.get("cursor") ?? 0);
    const nextCursor = start === 0 ? "20" : null;
    return Response.json({ connections: server.connections.slice(start, start + 20), nextCursor });
  };
  await model.load();
  assert.deepEqual([model.state().list?.connections.length, model.state().list?.trouble], [30, null]);
});

Deno.test("load() ends when a server answers with the same page for ever", async () => {
  const connections: Answer = () => Response.json({ connections: many(1), nextCursor: "again" });
  const { model, asked } = await openStage({ answers: { connections } });
  await model.load();
  assert.equal(model.state().list?.trouble, "unexpected_answer");
  assert.ok(asked.length < 5);
});

Deno.test("load() shows at once what the session has seen before, and drops what is no more", async () => {
  const gone = connectedStatus({ connectionId: "connection-gone" });
  const entries = [gone, notConnectedStatus("location-other")].map((status) => ({
    locationId: String(status.locationId),
    status,
    checkedAt: NOW,
  }));
  const local = { ...signedIn(), statuses: { sessionId: "s1", entries } };
  const { model } = await openStage({ local, connections: many(3) });
  assert.deepEqual(model.state().list?.connections, [gone]);
  await model.load();
  assert.deepEqual(
    model.state().list?.connections.map(({ connectionId }) => connectionId),
    ["connection-0", "connection-1", "connection-2"],
  );
});

Deno.test("tick() asks for the list once a minute, and less often when that takes long", async () => {
  const { model, asked, clock, server } = await openStage({ connections: many(1) });
  const loads = async (laterMs: number): Promise<number> => {
    clock.now += laterMs;
    const before = asked.length;
    await model.tick();
    return asked.length - before;
  };
  assert.equal(await loads(0), 1);
  assert.equal(await loads(MINUTE_MS - 1), 0);
  assert.equal(await loads(1), 1);
  server.answers.connections = () => {
    clock.now += MINUTE_MS;
    return Response.json({ connections: [], nextCursor: null });
  };
  assert.equal(await loads(MINUTE_MS), 1);
  assert.equal(await loads(9 * MINUTE_MS), 0);
  assert.equal(await loads(MINUTE_MS), 1);
});

Deno.test("a session that the server has ended is forgotten, with all that it has seen", async () => {
  const { model, storage, server } = await openStage();
  await model.load();
  server.answers.connections = status(401);
  await model.load();
  const { hasSessionEnded, list, opened } = model.state();
  assert.deepEqual([hasSessionEnded, list, opened, storage.all()], [true, null, null, {}]);
});

Deno.test("signing out ends what is under way, and a late answer shows nothing", async () => {
  const answer = Promise.withResolvers<Response>();
  const connections: Answer = () => answer.promise;
  const { model, storage, asked } = await openStage({ answers: { connections } });
  const loading = model.load();
  await storage.remove(["session"]);
  await model.storageChanged();
  answer.resolve(Response.json({ connections: many(3), nextCursor: "more" }));
  await loading;
  assert.deepEqual([model.state().list, model.state().hasSessionEnded, asked.length], [null, false, 1]);
});

Deno.test("signing in brings the list of the new session, and none of the one before", async () => {
  const { model, storage, server } = await openStage();
  await model.open("connection-1");
  await model.load();
  server.connections = many(2);
  await storage.set(signedIn("s2"));
  await model.storageChanged();
  assert.equal(model.state().list?.connections.length, 2);
  assert.equal(model.state().opened?.connectionId, "connection-1");
});

Deno.test("open() waits for the connection to come, and asks for its status and history at once then", async () => {
  const { model, asked } = await openStage({ connections: many(2) });
  await model.open("connection-1");
  assert.deepEqual([model.state().opened?.status, asked], [null, []]);
  await model.load();
  assert.deepEqual(asked.slice(1), [
    "GET connections/connection-1/events?limit=200",
    "GET locations/location-1-end/status",
  ]);
  assert.equal(model.state().opened?.status?.connectionId, "connection-1");
  assert.equal(model.state().opened?.history?.events.length, 1);
});

Deno.test("tick() takes a change of the opened connection into the list", async () => {
  const { model, server } = await openStage({ connections: many(2) });
  await model.load();
  await model.open("connection-1");
  const before = model.state().list?.connections;
  await model.tick();
  assert.equal(model.state().list?.connections, before, "nothing new, and nothing is sorted again");
  server.connections = server.connections.map((status) => ({ ...status, state: "paused" }));
  await model.tick();
  assert.equal(model.state().opened?.status?.state, "paused");
  assert.deepEqual(model.state().list?.connections.map(({ state }) => state), ["connected", "paused"]);
});

Deno.test("tick() asks for the list, once, when the opened connection is there no more", async () => {
  const { model, server, asked } = await openStage({ connections: many(2) });
  await model.load();
  await model.open("connection-1");
  server.connections = server.connections.slice(0, 1);
  await model.tick();
  assert.equal(model.state().opened?.status, null);
  await model.tick();
  assert.equal(asked.filter((question) => question.startsWith("GET connections?")).length, 2);
});

Deno.test("tick() asks for the list when something has happened to an agency's own connection", async () => {
  const agency = connectedStatus({ connectionId: "connection-0", locationId: null, kind: "company" });
  const { model, server, asked } = await openStage({ connections: [agency] });
  await model.load();
  await model.open("connection-0");
  await model.tick();
  assert.equal(asked.filter((question) => question.startsWith("GET connections?")).length, 1);
  server.events = [{ at: iso(0), event: "reconnect_required", cause: "install_revoked" }, ...server.events];
  server.connections = [{ ...agency, state: "reconnect_required" }];
  await model.tick();
  assert.equal(model.state().opened?.status?.state, "reconnect_required");
  assert.equal(model.state().opened?.history?.events.length, 2);
});

Deno.test("a history that does not come leaves the rest as it is, and says why", async () => {
  const cases: [string, number][] = [["unsupported", 404], ["away", 503]];
  for (const [historyState, code] of cases) {
    const { model, server } = await openStage({ connections: many(2) });
    await model.load();
    await model.open("connection-1");
    server.answers["connections/connection-1/events"] = status(code);
    await model.tick();
    const { opened } = model.state();
    assert.deepEqual([opened?.historyState, opened?.history?.events.length], [historyState, 1]);
  }
});

Deno.test("loadOlder() adds the next page of the history", async () => {
  const { model, server, asked } = await openStage({ connections: many(2) });
  await model.load();
  server.answers["connections/connection-1/events"] = (url) => {
    const isNewest = !url.searchParams.has("cursor");
    const events = [{ at: iso(isNewest ? -1 : -9), event: "renewed", cause: "schedule" }];
    return Response.json({ events, nextCursor: isNewest ? "older" : null });
  };
  await model.open("connection-1");
  await model.loadOlder();
  await model.loadOlder();
  await model.tick();
  assert.deepEqual(model.state().opened?.history?.events.map(({ at }) => at), [iso(-1), iso(-9)]);
  assert.equal(asked.filter((question) => question.includes("cursor=older")).length, 1);
});

Deno.test("renew() gives the order once, and tells when nothing has changed", async () => {
  const problem = { code: "rate_limited", since: iso(-1), retryAt: iso(1) };
  const failing = { ...many(1)[0], state: "degraded", problem } as const;
  const { model, asked, server } = await openStage({ connections: [connectedStatus(failing)] });
  server.answers["connections/connection-0/refresh"] = () => Response.json(server.connections[0]);
  await model.load();
  await model.open("connection-0");
  await Promise.all([model.renew(), model.renew()]);
  assert.deepEqual(model.state().opened?.refresh, { kind: "in_vain", at: NOW });
  server.connections = many(1);
  await model.renew();
  assert.deepEqual([model.state().opened?.refresh, model.state().opened?.status?.state], [null, "connected"]);
  assert.equal(asked.filter((question) => question.startsWith("POST")).length, 2);
});
