/** Attempts to connect on the page of all connections, wherever they were started. */
import type { Attempt, ConnectedAttempt } from "../../extension/src/attempt.ts";
import { attemptNoticeFor } from "../../extension/src/connections/attempt_notice_for.ts";
import { createConnectionsModel } from "../../extension/src/connections/connections_model.ts";
import type { Message, Reply } from "../../extension/src/messages.ts";
import { OUTCOME_SHOWN_MS } from "../../extension/src/popup/viewed_location.ts";
import type { ConnectionStatus } from "#shared/connection_status.ts";
import assert from "node:assert/strict";
import {
  connectedStatus,
  CONNECTING,
  fakeStorage,
  LOCATION_ID,
  NOW,
  SERVER,
  SESSION_TOKEN,
} from "./fake_browser.ts";

const FAILED = { phase: "failed", locationId: LOCATION_ID, cause: "cancelled", endedAt: NOW } as const;
const CONNECTED: ConnectedAttempt = {
  phase: "connected",
  locationId: LOCATION_ID,
  connection: {
    kind: "location",
    connectionId: "connection-1",
    locationId: LOCATION_ID,
    locationName: "Bright Smile Dental",
  },
  endedAt: NOW,
};

type Stage = { attempt?: Attempt; answer?: (message: Message) => Partial<Reply> | null };

/** A page on which `attempt` is stored, and a background that says `answer`, or else what is stored. */
async function openStage({ attempt, answer = () => ({}) }: Stage = {}) {
  const token = { id: "s1", server: SERVER, token: SESSION_TOKEN, expiresAt: "2027-01-01T00:00:00Z" };
  const session = fakeStorage(attempt === undefined ? {} : { attempt });
  const [asked, focused, requests]: [Message[], number[], string[]] = [[], [], []];
  const model = await createConnectionsModel({
    local: fakeStorage({ session: token }),
    session,
    builtInServer: SERVER,
    fetch: (url) => {
      requests.push(url);
      return Promise.resolve(Response.json({ connections: [connectedStatus()], nextCursor: null }));
    },
    now: () => NOW,
    ask: (message) => {
      asked.push(message);
      const reply = answer(message);
      return Promise.resolve(reply === null ? null : { alreadyRunning: false, attempt: null, ...reply });
    },
    focusWindow: (windowId) => Promise.resolve(void focused.push(windowId)),
  });
  const store = async (next: Attempt): Promise<void> => {
    await session.set({ attempt: next });
    await model.attemptChanged();
  };
  return { model, session, asked, focused, requests, store };
}

Deno.test("createConnectionsModel() has the background judge an attempt that seems to run", async () => {
  const { model, asked } = await openStage({ attempt: CONNECTING });
  assert.deepEqual([model.state().attempt, asked], [CONNECTING, [{ type: "attempt" }]]);

  const cutOff = fakeStorage({ attempt: CONNECTING });
  const judged = await createConnectionsModel({
    local: fakeStorage(),
    session: cutOff,
    builtInServer: SERVER,
    fetch: () => Promise.reject(new TypeError("Failed to fetch")),
    now: () => NOW,
    ask: async () => {
      await cutOff.set({ attempt: { ...FAILED, cause: "interrupted" } });
      return { alreadyRunning: false, attempt: null };
    },
    focusWindow: () => Promise.resolve(),
  });
  assert.deepEqual(judged.state().attempt, { ...FAILED, cause: "interrupted" });
});

Deno.test("createConnectionsModel() takes over a failure, and no success of before", async () => {
  assert.deepEqual((await openStage({ attempt: FAILED })).model.state().attempt, FAILED);
  assert.equal((await openStage({ attempt: CONNECTED })).model.state().attempt, null);
});

Deno.test("attemptChanged() follows an attempt to its end, and has the list loaded then", async () => {
  const { model, store, requests } = await openStage();
  await store(CONNECTING);
  assert.deepEqual([model.state().attempt, requests], [CONNECTING, []]);
  await store(CONNECTED);
  await store(CONNECTED);
  assert.deepEqual([model.state().attempt, requests.length], [CONNECTED, 1]);
});

Deno.test("tick() has the background judge an attempt while it runs, and not afterwards", async () => {
  const { model, session, asked } = await openStage({ attempt: CONNECTING });
  await session.set({ attempt: FAILED });
  await model.tick();
  await model.tick();
  assert.deepEqual([model.state().attempt, asked.length], [FAILED, 2]);
});

Deno.test("a background that cannot be asked leaves what is known of an attempt", async () => {
  const { model } = await openStage({ attempt: CONNECTING, answer: () => null });
  await model.tick();
  assert.deepEqual(model.state().attempt, CONNECTING);
});

const connect = { type: "connect", locationId: LOCATION_ID } as const;
const ACTS: readonly [string, Stage, Message[]][] = [
  ["retry", { attempt: FAILED }, [connect]],
  ["retry", { attempt: CONNECTING }, [{ type: "attempt" }, { type: "cancel" }, connect]],
  ["cancel", { attempt: CONNECTING }, [{ type: "attempt" }, { type: "cancel" }]],
  ["dismiss", { attempt: FAILED }, [{ type: "dismiss" }]],
];
for (const [action, stage, messages] of ACTS) {
  Deno.test(`act() asks the background: ${action} of an attempt that is ${stage.attempt?.phase}`, async () => {
    const { model, asked } = await openStage(stage);
    assert.ok(action === "retry" || action === "cancel" || action === "dismiss");
    await model.act(action, null);
    assert.deepEqual(asked, messages);
    assert.equal(model.state().isPending, false);
  });
}

Deno.test("act() shows the window of an attempt, also when another one is wanted while it runs", async () => {
  const { model, focused, asked } = await openStage({
    attempt: CONNECTING,
    answer: () => ({ alreadyRunning: true, attempt: CONNECTING }),
  });
  await model.act("show_window", null);
  assert.deepEqual([focused, asked.length], [[7], 1]);
  await model.act("connect", "anotherLocation00001");
  assert.deepEqual(focused, [7, 7]);
});

const named = connectedStatus();
const NOTICES: readonly [string, Attempt | null, ConnectionStatus[], unknown[] | null][] = [
  ["nothing without one", null, [named], null],
  [
    "what to do while it runs, by the name of its location",
    CONNECTING,
    [named],
    [{ verbatim: "Bright Smile Dental" }, "connecting", "show_window"],
  ],
  [
    "the id of a location whose name is not known",
    CONNECTING,
    [],
    [{ verbatim: LOCATION_ID }, "connecting", "show_window"],
  ],
  [
    "no name of an attempt that is for none",
    { ...CONNECTING, locationId: null, windowId: null },
    [{ ...named, locationId: null }],
    [{ key: "connecting_title" }, "connecting_opening", undefined],
  ],
  [
    "why it failed, and the next step",
    FAILED,
    [named],
    [{ verbatim: "Bright Smile Dental" }, "cause_cancelled", "retry"],
  ],
  ["nothing of an old failure", { ...FAILED, endedAt: NOW - OUTCOME_SHOWN_MS - 1 }, [named], null],
  [
    "what was connected",
    CONNECTED,
    [named],
    [{ verbatim: "Bright Smile Dental" }, "connected", undefined],
  ],
  ["nothing of what the list does not have yet", CONNECTED, [], null],
  ["nothing of what the list knows better", CONNECTED, [{ ...named, state: "degraded" }], null],
];
for (const [what, attempt, connections, expected] of NOTICES) {
  Deno.test(`attemptNoticeFor() says ${what}`, () => {
    const view = attemptNoticeFor({ attempt, connections, now: NOW });
    const sentence = view !== null && "key" in view.sentence ? view.sentence.key : null;
    assert.deepEqual(view && [view.heading, sentence, view.primary?.action], expected);
    if (view !== null) assert.ok(view.secondary.length > 0, "it can be left");
  });
}
