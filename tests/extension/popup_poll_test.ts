import { createPopupModel, type PopupDeps, type PopupModel } from "../../extension/src/popup/popup_model.ts";
import { POLL_MS, pollPause } from "../../extension/src/popup/poll_pause.ts";
import type { ConnectionStatus } from "#shared/connection_status.ts";
import assert from "node:assert/strict";
import {
  connectedStatus,
  CONNECTING,
  fakeStorage,
  LOCATION_ID,
  NOW,
  popupSurroundings,
  SERVER,
  SESSION_TOKEN,
} from "./fake_browser.ts";

const session = { id: "s", server: SERVER, token: SESSION_TOKEN, expiresAt: "2027-01-01T00:00:00.000Z" };
const known = { locationId: LOCATION_ID, status: connectedStatus({ state: "paused" }), checkedAt: NOW };
const stored = { session, statuses: { sessionId: "s", entries: [known] } };

type World = {
  model: PopupModel;
  local: ReturnType<typeof fakeStorage>;
  /** When the server was asked for the status, in milliseconds since the popup opened. */
  asked: number[];
  /** Every state that the listener was told. */
  seen: ReturnType<PopupModel["state"]>[];
  writes: number[];
  world: { answer: () => Response | Promise<Response>; isVisible: boolean };
  /** Lets this much time pass, as `setInterval()` would. */
  pass(ms: number): Promise<void>;
};

const paused = (changes: Partial<ConnectionStatus> = {}): Response =>
  Response.json(connectedStatus({ state: "paused", ...changes }));

async function openWorld(overrides: Partial<PopupDeps> = {}, initial: Record<string, unknown> = stored) {
  let now = 0;
  const [asked, writes]: [number[], number[]] = [[], []];
  const world: World["world"] = { answer: () => paused(), isVisible: true };
  const storage = fakeStorage(initial);
  const local = {
    ...storage,
    set: (items: Record<string, unknown>) => {
      writes.push(now);
      return storage.set(items);
    },
  };
  const model = await createPopupModel({
    ...popupSurroundings(),
    local,
    ask: () => Promise.resolve({ alreadyRunning: false, attempt: null }),
    fetch: async (url) => {
      if (!url.endsWith("/status")) return new Response("{}", { status: 404 });
      asked.push(now);
      return await world.answer();
    },
    now: () => NOW + now,
    isVisible: () => world.isVisible,
    ...overrides,
  });
  const seen: World["seen"] = [];
  model.subscribe(() => seen.push(model.state()));
  return {
    model,
    local,
    asked,
    seen,
    writes,
    world,
    async pass(ms) {
      const end = now + ms;
      while (now + POLL_MS <= end) {
        now += POLL_MS;
        void model.poll();
        await settled();
      }
      now = end;
    },
  } satisfies World;
}

/** Lets everything run that waits for nothing but promises. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

Deno.test("pollPause() is short while all is well, doubles with each failure, and heeds what the server wants", () => {
  const cases: [number, number | null, number][] = [
    [0, null, 1_500],
    [1, null, 3_000],
    [2, null, 6_000],
    [3, null, 12_000],
    [4, null, 15_000],
    [400, null, 15_000],
    [1, 30, 30_000],
    [4, 1, 15_000],
  ];
  for (const [failures, retryAfterSeconds, pause] of cases) {
    assert.equal(pollPause({ failures, retryAfterSeconds }), pause);
  }
});

Deno.test("poll() asks every second and a half, and shows what has changed without saying that it checks", async () => {
  const { model, world, asked, seen, pass } = await openWorld();
  await model.check();
  await pass(4_500);
  assert.deepEqual(asked, [0, 1_500, 3_000, 4_500]);
  const before = seen.length;
  world.answer = () => paused({ state: "reconnect_required" });
  await pass(1_500);
  assert.equal(model.state().known?.status.state, "reconnect_required");
  assert.deepEqual(seen.slice(before).map(({ checking, reportedAt }) => [checking, reportedAt]), [[
    false,
    null,
  ]]);
});

Deno.test("poll() tells when the server last said so", async () => {
  const { model, pass } = await openWorld();
  await pass(3_000);
  assert.equal(model.state().known?.checkedAt, NOW + 3_000);
});

Deno.test("poll() never asks while another question is under way, however long it takes", async () => {
  const { model, world, asked, pass } = await openWorld();
  const answer = Promise.withResolvers<Response>();
  world.answer = () => answer.promise;
  await pass(60_000);
  assert.deepEqual(asked, [1_500]);
  answer.resolve(paused({ state: "degraded" }));
  await settled();
  assert.equal(model.state().known?.status.state, "degraded");
  await pass(1_500);
  assert.equal(asked.length, 2);
});

Deno.test("poll() asks nothing while nobody sees the popup, and at once again when somebody does", async () => {
  const { world, asked, pass } = await openWorld();
  world.isVisible = false;
  await pass(60_000);
  assert.deepEqual(asked, []);
  world.isVisible = true;
  await pass(1_500);
  assert.deepEqual(asked, [61_500]);
});

Deno.test("poll() asks nothing without a session", async () => {
  const { asked, pass } = await openWorld({}, {});
  await pass(60_000);
  assert.deepEqual(asked, []);
});

Deno.test("poll() asks nothing while a person is connecting or is asked a question, and goes on after it", async () => {
  const { model, asked, pass } = await openWorld();
  await model.act("disconnect", "paused");
  await pass(6_000);
  assert.deepEqual(asked, []);
  await model.act("keep", "paused");
  await pass(1_500);
  assert.deepEqual(asked, [7_500]);

  const connecting = await openWorld({
    session: fakeStorage({ attempt: CONNECTING }),
    ask: () => Promise.resolve({ alreadyRunning: true, attempt: CONNECTING }),
  });
  await connecting.pass(6_000);
  assert.deepEqual(connecting.asked, []);
});

Deno.test("poll() asks ever less often while the server is away, and as before once it is back", async () => {
  const { world, asked, pass } = await openWorld();
  world.answer = () => Promise.reject(new TypeError("Failed to fetch"));
  await pass(60_000);
  assert.deepEqual(asked, [1_500, 4_500, 10_500, 22_500, 37_500, 52_500]);
  world.answer = () => paused();
  await pass(10_500);
  assert.deepEqual(asked.slice(6), [67_500, 69_000, 70_500]);
});

Deno.test("poll() leaves a server alone for as long as it wants", async () => {
  for (const status of [429, 503]) {
    const { world, asked, pass } = await openWorld();
    world.answer = () => new Response("{}", { status, headers: { "Retry-After": "30" } });
    await pass(35_000);
    assert.deepEqual(asked, [1_500, 31_500], String(status));
  }
});

Deno.test("poll() takes one lost answer for no news, and two for a server that is away", async () => {
  const { model, world, asked, seen, pass } = await openWorld();
  world.answer = () => new Response("{}", { status: 503 });
  await pass(1_500);
  assert.equal(asked.length, 1);
  assert.equal(model.state().check, null);
  await pass(3_000);
  assert.equal(model.state().check, "server_trouble");
  assert.ok(seen.every(({ checking }) => !checking));
  world.answer = () => paused();
  await pass(6_000);
  assert.equal(model.state().check, "answered");
});

Deno.test("poll() tells at once that the server is away when nothing else can be shown", async () => {
  const { model, world, pass } = await openWorld({}, { session });
  world.answer = () => new Response("{}", { status: 503 });
  await pass(1_500);
  assert.equal(model.state().check, "server_trouble");
});

Deno.test("poll() drops a session that the server has ended, and asks no more", async () => {
  const { model, local, world, asked, pass } = await openWorld();
  world.answer = () => new Response("{}", { status: 401 });
  await pass(6_000);
  assert.deepEqual([asked, local.all(), model.state().check], [[1_500], {}, "session_ended"]);
});

Deno.test("poll() writes to the storage when something has changed, and otherwise once a minute", async () => {
  const { model, world, writes, pass } = await openWorld();
  await model.check();
  assert.deepEqual(writes, [0]);
  await pass(60_000);
  assert.deepEqual(writes, [0]);
  await pass(1_500);
  assert.deepEqual(writes, [0, 61_500]);
  world.answer = () => paused({ locationName: "Bright Smile Dental, South" });
  await pass(3_000);
  assert.deepEqual(writes, [0, 61_500, 63_000]);
});

Deno.test("act() asks at once for a person who wants to know, also between two distant polls", async () => {
  const { model, world, asked, pass } = await openWorld();
  world.answer = () => new Response("{}", { status: 429, headers: { "Retry-After": "600" } });
  await pass(10_000);
  world.answer = () => paused();
  await model.act("check", "paused");
  assert.deepEqual(asked, [1_500, 10_000]);
  assert.equal(model.state().reportedAt, NOW + 10_000);
  await pass(3_000);
  assert.equal(asked.length, 4);
});

Deno.test("act() makes a question that is under way the person's own instead of asking twice", async () => {
  const { model, world, asked, pass } = await openWorld();
  const answer = Promise.withResolvers<Response>();
  world.answer = () => answer.promise;
  await pass(1_500);
  assert.equal(model.state().checking, false);
  const rounds = [model.act("check", "paused"), model.act("check", "paused")];
  assert.equal(model.state().checking, true);
  answer.resolve(new Response("{}", { status: 503 }));
  await Promise.all(rounds);
  // A person who asked is told of the first lost answer.
  assert.deepEqual([asked, model.state().check, model.state().checking], [[1_500], "server_trouble", false]);
  assert.equal(model.state().reportedAt, null);
});

Deno.test("act() reports to a person who asks while the popup's first question is under way", async () => {
  const { model, world, asked } = await openWorld();
  const answer = Promise.withResolvers<Response>();
  world.answer = () => answer.promise;
  const rounds = [model.check(), model.act("check", "paused")];
  answer.resolve(paused());
  await Promise.all(rounds);
  assert.equal(asked.length, 1);
  assert.equal(model.state().reportedAt, NOW);
});

Deno.test("act() opens the page with all connections", async () => {
  let opened = 0;
  const { model } = await openWorld({ openConnections: () => Promise.resolve(void opened++) });
  await model.act("connections", "paused");
  assert.equal(opened, 1);
});
