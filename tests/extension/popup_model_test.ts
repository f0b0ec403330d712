import { createPopupModel, type PopupDeps } from "../../extension/src/popup/popup_model.ts";
import type { Message, Reply } from "../../extension/src/messages.ts";
import { type ConnectionStatus, notConnectedStatus } from "#shared/connection_status.ts";
import assert from "node:assert/strict";
import {
  connectedStatus,
  CONNECTING,
  fakeStorage,
  LOCATION_ID,
  popupSurroundings,
  SERVER,
  SESSION_TOKEN,
} from "./fake_browser.ts";

const session = { id: "s", server: SERVER, token: SESSION_TOKEN, expiresAt: "2027-01-01T00:00:00.000Z" };
const entry = { locationId: LOCATION_ID, status: connectedStatus(), checkedAt: 1 };
const statuses = { sessionId: "s", entries: [entry] };
const interrupted = { phase: "failed", locationId: LOCATION_ID, cause: "interrupted", endedAt: 1 } as const;
const connecting = { ...CONNECTING, startedAt: 1 } as const;

function fakeDeps(
  overrides: Partial<PopupDeps> = {},
): PopupDeps & { asked: Message[]; requests: RequestInit[] } {
  const asked: Message[] = [];
  const requests: RequestInit[] = [];
  return {
    ...popupSurroundings(),
    local: fakeStorage({ session, statuses }),
    ask: (message) => {
      asked.push(message);
      return Promise.resolve({ alreadyRunning: false, attempt: null });
    },
    fetch: (_url, init) => {
      requests.push(init);
      return Promise.resolve(Response.json(connectedStatus({ state: "paused" })));
    },
    now: () => 5,
    ...overrides,
    asked,
    requests,
  };
}

Deno.test("createPopupModel() knows the last status before it asks anyone", async () => {
  const deps = fakeDeps();
  const model = await createPopupModel(deps);
  assert.deepEqual(model.state().known, entry);
  assert.deepEqual([deps.requests, deps.asked], [[], []]);
});

Deno.test("createPopupModel() lets the background judge an attempt before it is painted", async () => {
  const stored = fakeStorage({ attempt: connecting });
  const ask = async () => {
    await stored.set({ attempt: interrupted });
    return { alreadyRunning: false, attempt: interrupted };
  };
  const model = await createPopupModel(fakeDeps({ session: stored, ask }));
  assert.deepEqual(model.state().attempt, interrupted);
});

Deno.test("check() replaces the last known status with the server's answer", async () => {
  const deps = fakeDeps();
  const model = await createPopupModel(deps);
  const seen: boolean[] = [];
  model.subscribe(() => seen.push(model.state().checking));
  await model.check();
  assert.deepEqual(seen, [true, false]);
  assert.equal(new Headers(deps.requests[0]?.headers).get("authorization"), `Bearer ${SESSION_TOKEN}`);
  const { known, check } = model.state();
  assert.deepEqual([known?.status.state, known?.checkedAt, check], ["paused", 5, "answered"]);
});

Deno.test("check() asks nothing without a session", async () => {
  const deps = fakeDeps({ local: fakeStorage() });
  await (await createPopupModel(deps)).check();
  assert.deepEqual(deps.requests, []);
});

Deno.test("check() drops a session that the server has ended", async () => {
  const local = fakeStorage({ session, statuses });
  const deps = fakeDeps({ local, fetch: () => Promise.resolve(new Response("{}", { status: 401 })) });
  const model = await createPopupModel(deps);
  await model.check();
  assert.deepEqual(local.all(), {});
  assert.deepEqual([model.state().hasSession, model.state().check], [false, "session_ended"]);
});

Deno.test("check() keeps the last known status when it gets no usable answer", async () => {
  const cases: [string, PopupDeps["fetch"]][] = [
    ["unreachable", () => Promise.reject(new TypeError("Failed to fetch"))],
    ["server_trouble", () => Promise.resolve(new Response("{}", { status: 503 }))],
    ["server_trouble", () => Promise.resolve(new Response("{}", { status: 429 }))],
    ["unexpected_answer", () => Promise.resolve(new Response("<html>"))],
    ["unexpected_answer", () => Promise.resolve(Response.json({ state: "of_a_newer_server" }))],
  ];
  for (const [result, fetch] of cases) {
    const model = await createPopupModel(fakeDeps({ fetch }));
    await model.check();
    assert.deepEqual([model.state().check, model.state().known], [result, entry]);
  }
});

Deno.test("check() stores no answer for a session that was left in the meantime", async () => {
  const local = fakeStorage({ session, statuses });
  const fetch = async (): Promise<Response> => {
    await local.remove(["session", "statuses"]);
    return Response.json(connectedStatus());
  };
  await (await createPopupModel(fakeDeps({ local, fetch }))).check();
  assert.deepEqual(local.all(), {});
});

Deno.test("check() shows an answer that cannot be stored, and still after something else was stored", async () => {
  const storage = fakeStorage({ session, statuses });
  const local = { ...storage, set: () => Promise.reject(new Error("QUOTA_BYTES quota exceeded")) };
  const model = await createPopupModel(fakeDeps({ local }));
  await model.check();
  await model.storageChanged();
  const { known, checking, check } = model.state();
  assert.deepEqual([known?.status.state, checking, check], ["paused", false, "answered"]);
});

Deno.test("check() stops saying that it is checking when the storage breaks, and tells its listener", async () => {
  const storage = fakeStorage({ session, statuses });
  let isBroken = false;
  const get = (keys: string[]) => isBroken ? Promise.reject(new Error("Corrupt")) : storage.get(keys);
  const model = await createPopupModel(fakeDeps({ local: { ...storage, get } }));
  const seen: boolean[] = [];
  model.subscribe(() => seen.push(model.state().checking));
  isBroken = true;
  await assert.rejects(model.check());
  assert.deepEqual(seen, [true, false]);
});

Deno.test("check() lets no old answer come over a newer one", async () => {
  const answers = [Promise.withResolvers<Response>(), Promise.withResolvers<Response>()];
  let calls = 0;
  const fetch = () => answers[calls++]?.promise ?? assert.fail();
  const model = await createPopupModel(fakeDeps({ fetch }));
  const rounds = [model.check(), model.check()];
  answers[1]?.resolve(Response.json(connectedStatus({ state: "degraded" })));
  await rounds[1];
  answers[0]?.resolve(Response.json(connectedStatus({ state: "paused" })));
  await rounds[0];
  await model.storageChanged();
  assert.deepEqual([model.state().known?.status.state, model.state().checking], ["degraded", false]);
});

Deno.test("check() does not say that it has checked while a newer question is under way", async () => {
  const answers = [Promise.withResolvers<Response>(), Promise.withResolvers<Response>()];
  let calls = 0;
  const fetch = () => answers[calls++]?.promise ?? assert.fail();
  const model = await createPopupModel(fakeDeps({ fetch }));
  const rounds = [model.check(), model.check()];
  answers[0]?.resolve(Response.json(connectedStatus()));
  await rounds[0];
  assert.equal(model.state().checking, true);
  answers[1]?.resolve(Response.json(connectedStatus()));
  await rounds[1];
  assert.equal(model.state().checking, false);
});

Deno.test("poll() notices an attempt that was cut off while the popup was open", async () => {
  const attempt = fakeStorage({ attempt: connecting });
  let reply: Reply = { alreadyRunning: false, attempt: connecting };
  const asked: Message[] = [];
  const ask = (message: Message) => {
    asked.push(message);
    return Promise.resolve(reply);
  };
  const model = await createPopupModel(fakeDeps({ session: attempt, ask }));
  await model.poll();
  assert.equal(model.state().attempt?.phase, "connecting");
  await attempt.set({ attempt: interrupted });
  reply = { alreadyRunning: false, attempt: interrupted };
  await model.poll();
  assert.deepEqual(model.state().attempt, interrupted);
  await model.poll();
  assert.deepEqual(asked, Array.from({ length: 3 }, () => ({ type: "attempt" })));
});

Deno.test("act() is pending no longer when the background could not be asked", async () => {
  const ask = () => Promise.reject(new Error("Could not establish connection"));
  const model = await createPopupModel(fakeDeps({ ask }));
  await assert.rejects(model.act("connect", "not_connected"));
  assert.equal(model.state().pending, false);
});

Deno.test("poll() that is the first to see an attempt connected asks the server again", async () => {
  const stored = fakeStorage({ attempt: connecting });
  const ask = () => Promise.resolve({ alreadyRunning: false, attempt: null });
  const deps = fakeDeps({ session: stored, ask });
  const model = await createPopupModel(deps);
  assert.equal(deps.requests.length, 0);
  const { kind, connectionId, locationId, locationName } = connectedStatus();
  const connection = { kind, connectionId, locationId, locationName };
  await stored.set({ attempt: { phase: "connected", locationId: LOCATION_ID, connection, endedAt: 5 } });
  await model.poll();
  assert.equal(model.state().attempt?.phase, "connected");
  assert.equal(deps.requests.length, 1);
});

Deno.test("storageChanged() shows the outcome and asks again when an attempt has connected", async () => {
  const attempt = fakeStorage({ attempt: connecting });
  const reply = { alreadyRunning: true, attempt: connecting };
  const deps = fakeDeps({ session: attempt, ask: () => Promise.resolve(reply) });
  const model = await createPopupModel(deps);
  const connection = { kind: null, connectionId: null, locationId: LOCATION_ID, locationName: null };
  await attempt.set({ attempt: { phase: "connected", locationId: LOCATION_ID, connection, endedAt: 2 } });
  await model.storageChanged();
  assert.equal(model.state().attempt?.phase, "connected");
  assert.equal(deps.requests.length, 1);
});

Deno.test("act() asks the background for everything that concerns an attempt", async () => {
  const deps = fakeDeps();
  const model = await createPopupModel(deps);
  await model.act("connect", "not_connected");
  await model.act("cancel", "connecting");
  await model.act("dismiss", "sign_in_failed");
  await model.act("retry", "sign_in_failed");
  const connect = { type: "connect", locationId: LOCATION_ID };
  assert.deepEqual(deps.asked, [connect, { type: "cancel" }, { type: "dismiss" }, connect]);
  assert.deepEqual(deps.requests, []);

  const running = fakeDeps({ session: fakeStorage({ attempt: connecting }) });
  const other = await createPopupModel(running);
  await other.act("retry", "connecting");
  assert.deepEqual(running.asked, [{ type: "attempt" }, { type: "cancel" }, connect]);
});

Deno.test("act() takes trying again for another question to the server when that did not answer", async () => {
  const deps = fakeDeps({
    session: fakeStorage({ attempt: { ...interrupted, locationId: "anotherLocation" } }),
  });
  const model = await createPopupModel(deps);
  await model.act("retry", "server_unreachable");
  assert.deepEqual([deps.asked, deps.requests.length], [[], 1]);
});

const failing = connectedStatus({
  state: "degraded",
  problem: { code: "highlevel_unavailable", since: "2026-01-01T00:00:00Z", retryAt: null },
});
const failingEntry = { ...entry, status: failing };
const failingStatuses = { sessionId: "s", entries: [failingEntry] };

/** A model that knows a failing connection, and answers the order to renew it with `refresh`. */
async function failingModel(refresh: PopupDeps["fetch"], check: PopupDeps["fetch"] = () => assert.fail()) {
  const local = fakeStorage({ session, statuses: failingStatuses });
  const fetch: PopupDeps["fetch"] = (url, init) =>
    init.method === "POST" ? refresh(url, init) : check(url, init);
  return { local, model: await createPopupModel(fakeDeps({ local, fetch })) };
}

Deno.test("act() has the connection renewed and keeps what the server says then", async () => {
  const asked: [string, string | undefined, string | null][] = [];
  const { model, local } = await failingModel((url, init) => {
    asked.push([url, init.method, new Headers(init.headers).get("authorization")]);
    return Promise.resolve(Response.json(connectedStatus()));
  });
  await model.act("refresh", "degraded");
  assert.deepEqual(asked, [
    [`${SERVER}/api/connections/connection-1/refresh`, "POST", `Bearer ${SESSION_TOKEN}`],
  ]);
  const { known, refresh, check } = model.state();
  assert.deepEqual([known?.status.state, known?.checkedAt, refresh, check], [
    "connected",
    5,
    null,
    "answered",
  ]);
  const renewed = { ...entry, checkedAt: 5 };
  assert.deepEqual(local.all().statuses, { sessionId: "s", entries: [renewed] });
});

Deno.test("act() says that it renews while it does, and does so once however often it is asked", async () => {
  const answer = Promise.withResolvers<Response>();
  let calls = 0;
  const { model } = await failingModel(() => {
    calls++;
    return answer.promise;
  });
  const rounds = [model.act("refresh", "degraded"), model.act("refresh", "degraded")];
  assert.deepEqual([model.state().refresh, model.state().known], [{ kind: "running" }, failingEntry]);
  answer.resolve(Response.json(connectedStatus()));
  await Promise.all(rounds);
  assert.equal(calls, 1);
});

Deno.test("act() tells a renewal in vain from one that changed something", async () => {
  const { problem } = failing;
  const cases: [ConnectionStatus, unknown][] = [
    [failing, { kind: "in_vain", at: 5 }],
    [{ ...failing, problem: problem && { ...problem, code: "client_rejected" } }, null],
    [{ ...failing, state: "paused" }, null],
  ];
  for (const [status, progress] of cases) {
    const { model } = await failingModel(() => Promise.resolve(Response.json(status)));
    await model.act("refresh", "degraded");
    assert.deepEqual(model.state().refresh, progress);
  }
});

Deno.test("act() keeps the last known status in sight when a renewal is not answered as it should", async () => {
  const cases: [unknown, PopupDeps["fetch"]][] = [
    [{ kind: "unreachable" }, () => Promise.reject(new TypeError("Failed to fetch"))],
    [{ kind: "server_trouble" }, () => Promise.resolve(new Response("{}", { status: 503 }))],
    [{ kind: "unexpected_answer" }, () => Promise.resolve(new Response("<html>"))],
    [
      { kind: "rate_limited", retryAfterSeconds: null },
      () => Promise.resolve(new Response("{}", { status: 429 })),
    ],
  ];
  for (const [progress, refresh] of cases) {
    const { model } = await failingModel(refresh);
    await model.act("refresh", "degraded");
    const { known, check, refresh: ended } = model.state();
    assert.deepEqual([ended, known, check], [progress, failingEntry, null]);
  }
});

Deno.test("act() drops a session that had ended when a renewal was ordered", async () => {
  const { model, local } = await failingModel(() => Promise.resolve(new Response("{}", { status: 401 })));
  await model.act("refresh", "degraded");
  const { check, refresh, known, hasSession } = model.state();
  assert.deepEqual([check, refresh, known, hasSession], ["session_ended", null, null, false]);
  assert.deepEqual(local.all(), {});
});

Deno.test("act() asks for the status when the connection to renew is gone, or was not that of the location", async () => {
  const check = () => Promise.resolve(Response.json(connectedStatus({ state: "paused" })));
  const cases: [unknown, () => Promise<Response>][] = [
    [{ kind: "not_found" }, () => Promise.resolve(new Response("{}", { status: 404 }))],
    [null, () => Promise.resolve(Response.json(connectedStatus({ kind: "company", locationId: null })))],
  ];
  for (const [progress, refresh] of cases) {
    const { model } = await failingModel(refresh, check);
    await model.act("refresh", "degraded");
    assert.deepEqual([model.state().refresh, model.state().known?.status.state], [progress, "paused"]);
  }
});

Deno.test("act() lets no check that was asked before it come over a renewal", async () => {
  const late = Promise.withResolvers<Response>();
  const { model } = await failingModel(
    () => Promise.resolve(Response.json(connectedStatus())),
    () => late.promise,
  );
  const checked = model.check();
  await model.act("refresh", "degraded");
  assert.deepEqual([model.state().known?.status.state, model.state().checking], ["connected", false]);
  late.resolve(Response.json(failing));
  await checked;
  assert.equal(model.state().known?.status.state, "connected");
});

Deno.test("act() stores no renewal for a session that was left in the meantime", async () => {
  const { model, local } = await failingModel(async () => {
    await local.remove(["session", "statuses"]);
    return Response.json(connectedStatus());
  });
  await model.act("refresh", "degraded");
  assert.deepEqual([local.all(), model.state().known], [{}, null]);
});

Deno.test("act() renews nothing without a session or a known connection", async () => {
  for (const stored of [{}, { session }, { session, statuses: { sessionId: "s", entries: [] } }]) {
    const deps = fakeDeps({ local: fakeStorage(stored) });
    await (await createPopupModel(deps)).act("refresh", "degraded");
    assert.deepEqual(deps.requests, []);
  }
});

Deno.test("act() is not renewing for ever when the storage breaks", async () => {
  const storage = fakeStorage({ session, statuses: failingStatuses });
  let isBroken = false;
  const get = (keys: string[]) => isBroken ? Promise.reject(new Error("Corrupt")) : storage.get(keys);
  const fetch = (): Promise<Response> => {
    isBroken = true;
    return Promise.resolve(Response.json(connectedStatus()));
  };
  const model = await createPopupModel(fakeDeps({ local: { ...storage, get }, fetch }));
  await assert.rejects(model.act("refresh", "degraded"));
  assert.equal(model.state().refresh, null);
});

/** A model that knows a connection, and answers the order to remove it with `disconnect`. */
async function connectedModel(
  disconnect: PopupDeps["fetch"],
  overrides: Partial<PopupDeps> & { check?: PopupDeps["fetch"] } = {},
) {
  const { check = () => assert.fail(), ...others } = overrides;
  const local = fakeStorage({ session, statuses });
  const fetch: PopupDeps["fetch"] = (url, init) =>
    init.method === "DELETE" ? disconnect(url, init) : check(url, init);
  const deps = fakeDeps({ local, fetch, ...others });
  const model = await createPopupModel(deps);
  await model.act("disconnect", "connected");
  return { local, model, deps };
}

const noContent = (): Promise<Response> => Promise.resolve(new Response(null, { status: 204 }));
const agencyInstall = (): Promise<Response> => {
  const error = { code: "agency_install", message: "Cannot remove it", requestId: "r" };
  return Promise.resolve(Response.json({ error }, { status: 403 }));
};

Deno.test("act() asks before it disconnects, and keeps the connection unless it is confirmed", async () => {
  const { model } = await connectedModel(() => assert.fail());
  assert.deepEqual(model.state().disconnect, { kind: "asked" });
  await model.act("keep", "connected");
  assert.deepEqual([model.state().disconnect, model.state().known], [null, entry]);
});

Deno.test("act() disconnects and remembers that the location is no longer connected", async () => {
  const asked: [string, string | undefined, string | null][] = [];
  const { model, local } = await connectedModel((url, init) => {
    asked.push([url, init.method, new Headers(init.headers).get("authorization")]);
    return noContent();
  });
  await model.act("disconnect_now", "connected");
  assert.deepEqual(asked, [
    [`${SERVER}/api/connections/connection-1`, "DELETE", `Bearer ${SESSION_TOKEN}`],
  ]);
  const gone = { locationId: LOCATION_ID, status: notConnectedStatus(LOCATION_ID), checkedAt: 5 };
  const { known, check, disconnect } = model.state();
  assert.deepEqual([known, check, disconnect?.kind], [gone, "answered", "removed"]);
  assert.deepEqual(local.all().statuses, { sessionId: "s", entries: [gone] });
});

Deno.test("act() remembers the status that comes with an order to disconnect", async () => {
  const problem = { code: "removal_pending", since: "2026-01-01T00:00:00Z", retryAt: null };
  const cases: [ConnectionStatus, number, string | undefined][] = [
    [notConnectedStatus(LOCATION_ID), 200, "removed_here"],
    [connectedStatus({ state: "degraded", problem }), 202, undefined],
  ];
  for (const [status, httpStatus, kind] of cases) {
    const { model } = await connectedModel(() =>
      Promise.resolve(Response.json(status, { status: httpStatus }))
    );
    await model.act("disconnect_now", "connected");
    assert.deepEqual([model.state().known?.status, model.state().disconnect?.kind], [status, kind]);
  }
});

Deno.test("act() gives one order at a time, and lets nobody leave one that runs", async () => {
  const answer = Promise.withResolvers<Response>();
  let calls = 0;
  const { model } = await connectedModel(() => {
    calls++;
    return answer.promise;
  });
  const rounds = (["disconnect_now", "disconnect_now", "refresh", "disconnect", "keep"] as const).map((
    action,
  ) => model.act(action, "connected"));
  assert.deepEqual([model.state().disconnect, model.state().refresh], [{ kind: "running" }, null]);
  answer.resolve(await noContent());
  await Promise.all(rounds);
  assert.equal(calls, 1);
});

Deno.test("act() does not disconnect while a renewal runs", async () => {
  const answer = Promise.withResolvers<Response>();
  const { model } = await failingModel(() => answer.promise);
  const rounds = (["refresh", "disconnect", "disconnect_now"] as const).map((action) =>
    model.act(action, "degraded")
  );
  assert.deepEqual([model.state().refresh, model.state().disconnect], [{ kind: "running" }, null]);
  answer.resolve(Response.json(connectedStatus()));
  await Promise.all(rounds);
  assert.equal(model.state().known?.status.state, "connected");
});

Deno.test("act() keeps the last known status when disconnecting is refused or has no outcome", async () => {
  const cases: [unknown, PopupDeps["fetch"]][] = [
    [{ kind: "agency_install" }, agencyInstall],
    [{ kind: "unreachable" }, () => Promise.reject(new TypeError("Failed to fetch"))],
    [{ kind: "server_trouble" }, () => Promise.resolve(new Response("{}", { status: 503 }))],
    [{ kind: "unexpected_answer" }, () => Promise.resolve(new Response("<html>"))],
    [
      { kind: "rate_limited", retryAfterSeconds: null },
      () => Promise.resolve(new Response("{}", { status: 429 })),
    ],
  ];
  for (const [progress, disconnect] of cases) {
    const { model } = await connectedModel(disconnect);
    await model.act("disconnect_now", "connected");
    assert.deepEqual([model.state().disconnect, model.state().known], [progress, entry]);
  }
});

Deno.test("act() drops a session that had ended when disconnecting was ordered", async () => {
  const { model, local } = await connectedModel(() => Promise.resolve(new Response("{}", { status: 401 })));
  await model.act("disconnect_now", "connected");
  const { check, disconnect, hasSession } = model.state();
  assert.deepEqual([check, disconnect, hasSession, local.all()], ["session_ended", null, false, {}]);
});

Deno.test("act() asks for the status when the connection to remove is gone, or was not that of the location", async () => {
  const check = () => Promise.resolve(Response.json(connectedStatus({ state: "paused" })));
  const company = connectedStatus({ ...notConnectedStatus(LOCATION_ID), locationId: null });
  const cases: [string, () => Promise<Response>][] = [
    ["not_found", () => Promise.resolve(new Response("{}", { status: 404 }))],
    ["removed_here", () => Promise.resolve(Response.json(company))],
  ];
  for (const [kind, disconnect] of cases) {
    const { model } = await connectedModel(disconnect, { check });
    await model.act("disconnect_now", "connected");
    assert.deepEqual([model.state().disconnect?.kind, model.state().known?.status.state], [kind, "paused"]);
  }
});

Deno.test("act() tells no more of what an attempt connected, once something was disconnected", async () => {
  const connection = { kind: "company", connectionId: null, locationId: null, locationName: null };
  const attempt = { phase: "connected", locationId: LOCATION_ID, connection, endedAt: 1 };
  const hidden = { readPage: () => Promise.resolve({ kind: "hidden" } as const) };
  const cases: [Message[], PopupDeps["fetch"], Partial<PopupDeps>][] = [
    [[{ type: "dismiss" }], noContent, {}],
    [[], agencyInstall, {}],
    // It is all that names the location.
    [[], noContent, hidden],
  ];
  for (const [asked, disconnect, overrides] of cases) {
    const { model, deps } = await connectedModel(disconnect, {
      session: fakeStorage({ attempt }),
      ...overrides,
    });
    await model.act("disconnect_now", "connected");
    assert.deepEqual(deps.asked, asked);
  }
  const { model, deps } = await connectedModel(noContent);
  await model.act("disconnect_now", "connected");
  assert.deepEqual(deps.asked, []);
});

Deno.test("act() tells no more of disconnecting once one connects again", async () => {
  const { model } = await connectedModel(noContent);
  await model.act("disconnect_now", "connected");
  await model.act("connect", "not_connected");
  assert.equal(model.state().disconnect, null);
});

Deno.test("act() disconnects nothing without a session or a known connection", async () => {
  for (const stored of [{}, { session }, { session, statuses: { sessionId: "s", entries: [] } }]) {
    const deps = fakeDeps({ local: fakeStorage(stored) });
    const model = await createPopupModel(deps);
    await model.act("disconnect_now", "connected");
    assert.deepEqual([deps.requests, model.state().disconnect], [[], null]);
  }
});

Deno.test("act() is not disconnecting for ever when the storage breaks", async () => {
  const storage = fakeStorage({ session, statuses });
  let isBroken = false;
  const get = (keys: string[]) => isBroken ? Promise.reject(new Error("Corrupt")) : storage.get(keys);
  const disconnect = (): Promise<Response> => {
    isBroken = true;
    return noContent();
  };
  const { model } = await connectedModel(disconnect, { local: { ...storage, get } });
  await assert.rejects(model.act("disconnect_now", "connected"));
  assert.equal(model.state().disconnect, null);
});
