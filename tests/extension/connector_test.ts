import { answerMessage } from "../../extension/src/background/answer_message.ts";
import { createConnector } from "../../extension/src/background/connector.ts";
import { sendTwice } from "../../extension/src/send_twice.ts";
import assert from "node:assert/strict";
import {
  CONNECTING,
  connectWithHiddenWindow,
  failedAttempt,
  fakeConnector,
  grantFor,
  LOCATION_ID,
  OTHER_LOCATION_ID,
  REDIRECT_URL,
  sessionAnswer,
  storedAttempt,
} from "./fake_browser.ts";

Deno.test("connect() refuses a second click while an attempt runs, and opens one window", async () => {
  const window = Promise.withResolvers<string>();
  const fake = fakeConnector({ openAuthWindow: () => window.promise });
  const connector = createConnector(fake.deps);
  const clicks = await Promise.all([connector.connect(LOCATION_ID), connector.connect(LOCATION_ID)]);
  assert.deepEqual(clicks, [{ alreadyRunning: false }, { alreadyRunning: true }]);
  assert.deepEqual(await connector.connect(OTHER_LOCATION_ID), { alreadyRunning: true });
  window.resolve(REDIRECT_URL);
  await fake.ended;
  assert.equal(fake.opened.length, 1);
});

Deno.test("cancel() closes the window and keeps nothing that arrives later", async () => {
  const window = Promise.withResolvers<string>();
  const opened = Promise.withResolvers<string>();
  const fake = fakeConnector({
    openAuthWindow: (url, onWindow) => {
      onWindow(7);
      opened.resolve(url);
      return window.promise;
    },
  });
  const connector = createConnector(fake.deps);
  await connector.connect(LOCATION_ID);
  const url = await opened.promise;
  assert.equal(storedAttempt(fake.session).windowId, 7);
  await connector.cancel();
  window.resolve(grantFor(url));
  await new Promise((resolve) => setTimeout(resolve));

  assert.deepEqual(fake.closed, [7]);
  assert.deepEqual([fake.session.all(), fake.local.all(), fake.requests], [{}, {}, []]);
});

Deno.test("cancel() closes a window that the browser shows only afterwards", async () => {
  const { fake, connector, showWindow } = await connectWithHiddenWindow();
  await connector.cancel();
  showWindow(7);
  assert.deepEqual([fake.closed, fake.session.all()], [[7], {}]);
});

Deno.test("cancel() closes a late window also when the next attempt waits for it, which opens its own then", async () => {
  const first = Promise.withResolvers<string>();
  const shown = Promise.withResolvers<(windowId: number) => void>();
  const fake = fakeConnector({
    openAuthWindow: (url, onWindow) => {
      if (fake.opened.length > 1) return Promise.resolve(grantFor(url));
      shown.resolve(onWindow);
      return first.promise;
    },
  });
  const connector = createConnector({ ...fake.deps, windowPatienceMs: 60_000 });
  await connector.connect(LOCATION_ID);
  const showWindow = await shown.promise;
  await connector.cancel();
  await connector.connect(LOCATION_ID);
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(fake.opened.length, 1);

  showWindow(7);
  first.reject(new Error("The user did not approve access."));
  await fake.ended;
  assert.deepEqual([fake.opened.length, fake.closed], [2, [7]]);
  assert.equal(storedAttempt(fake.session).phase, "connected");
});

Deno.test("cancel() and connect() close the window that a stopped background left behind", async () => {
  const cancelled = fakeConnector({ session: { attempt: CONNECTING } });
  await createConnector(cancelled.deps).cancel();
  assert.deepEqual([cancelled.closed, cancelled.session.all()], [[7], {}]);

  const connected = fakeConnector({ session: { attempt: CONNECTING } });
  await createConnector(connected.deps).connect(LOCATION_ID);
  await connected.ended;
  assert.deepEqual([connected.closed, connected.opened.length], [[7], 1]);

  const uncertain = fakeConnector({ session: { attempt: { ...CONNECTING, windowId: null } } });
  await createConnector(uncertain.deps).cancel();
  assert.deepEqual([uncertain.closed, uncertain.session.all()], [[], {}]);
});

Deno.test("cancel() keeps nothing of an exchange that the server answers afterwards", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  const fake = fakeConnector({
    answer: () => {
      asked.resolve();
      return answer.promise;
    },
  });
  const connector = createConnector(fake.deps);
  await connector.connect(LOCATION_ID);
  await asked.promise;
  await connector.cancel();
  answer.resolve(sessionAnswer());
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual([fake.local.all(), fake.session.all()], [{}, {}]);
});

Deno.test("cancel() opens no window when it comes before that", async () => {
  const fake = fakeConnector();
  const connector = createConnector(fake.deps);
  await connector.connect(LOCATION_ID);
  await connector.cancel();
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(fake.opened, []);
});

Deno.test("cancel() makes room for the next attempt at once", async () => {
  const opened = Promise.withResolvers<void>();
  const fake = fakeConnector({
    openAuthWindow: (url) => {
      if (fake.opened.length > 1) return Promise.resolve(grantFor(url));
      opened.resolve();
      return new Promise<string>(() => {});
    },
  });
  const connector = createConnector(fake.deps);
  await connector.connect(LOCATION_ID);
  await opened.promise;
  await connector.cancel();
  assert.deepEqual(await connector.connect(LOCATION_ID), { alreadyRunning: false });
  await fake.ended;
  assert.equal(storedAttempt(fake.session).phase, "connected");
});

Deno.test("attempt() recognises an attempt that a stopped background left behind, and closes its window", async () => {
  const opened = Promise.withResolvers<void>();
  const fake = fakeConnector({
    openAuthWindow: (_url, onWindow) => {
      onWindow(7);
      opened.resolve();
      return new Promise<string>(() => {});
    },
  });
  await createConnector(fake.deps).connect(LOCATION_ID);
  await opened.promise;

  const afterRestart = createConnector(fake.deps);
  assert.deepEqual(await afterRestart.attempt(), failedAttempt("interrupted"));
  assert.deepEqual([fake.session.all().attempt, fake.closed], [failedAttempt("interrupted"), [7]]);
});

Deno.test("attempt() leaves a running attempt alone", async () => {
  const fake = fakeConnector({ openAuthWindow: () => new Promise<string>(() => {}) });
  const connector = createConnector(fake.deps);
  await connector.connect(LOCATION_ID);
  assert.equal((await connector.attempt())?.phase, "connecting");
});

Deno.test("dismiss() forgets an outcome, but no running attempt", async () => {
  const ended = fakeConnector({ session: { attempt: failedAttempt("cancelled") } });
  await createConnector(ended.deps).dismiss();
  assert.deepEqual(ended.session.all(), {});

  const running = fakeConnector({ openAuthWindow: () => new Promise<string>(() => {}) });
  const connector = createConnector(running.deps);
  await connector.connect(null);
  await connector.dismiss();
  assert.equal(storedAttempt(running.session).phase, "connecting");
});

Deno.test("answerMessage() ignores what is not a message of this extension", () => {
  const connector = createConnector(fakeConnector().deps);
  for (
    const value of [null, undefined, "connect", {}, { type: "other" }, { type: "connect", locationId: "a b" }]
  ) {
    assert.equal(answerMessage(connector, value), undefined);
  }
});

Deno.test("answerMessage() replies with the attempt as it stands", async () => {
  const fake = fakeConnector({ openAuthWindow: () => new Promise<string>(() => {}) });
  const connector = createConnector(fake.deps);
  const reply = await answerMessage(connector, { type: "connect", locationId: LOCATION_ID });
  assert.equal(reply?.alreadyRunning, false);
  assert.equal(reply?.attempt?.phase, "connecting");
  const cancelled = await answerMessage(connector, { type: "cancel" });
  assert.deepEqual(cancelled, { alreadyRunning: false, attempt: null });
});

Deno.test("sendTwice() wakes a background again that was stopped before it replied, and then gives up", async () => {
  const reply = { alreadyRunning: false, attempt: null };
  const stopped = new Error("A listener indicated an asynchronous response, but the message channel closed");
  for (const [failures, expected] of [[0, reply], [1, reply], [2, null]] as const) {
    let sent = 0;
    const send = (): Promise<unknown> =>
      ++sent <= failures ? Promise.reject(stopped) : Promise.resolve(reply);
    assert.deepEqual(await sendTwice(send, { type: "cancel" }), expected);
    assert.equal(sent, Math.min(failures + 1, 2));
  }
});

Deno.test("connect() comes to one window also when a stopped background had taken the same click", async () => {
  const cutOff = fakeConnector({ health: () => new Promise<Response>(() => {}) });
  await createConnector(cutOff.deps).connect(LOCATION_ID);
  const next = fakeConnector();
  const connector = createConnector({ ...next.deps, session: cutOff.session });
  assert.deepEqual(await connector.connect(LOCATION_ID), { alreadyRunning: false });
  await next.ended;
  assert.deepEqual([cutOff.opened.length, next.opened.length, next.ends()], [0, 1, 1]);
});
