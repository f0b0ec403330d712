/** What becomes of an attempt when something ends in the middle of it: the background, the browser, the window, its time. */
import { type Connector, createConnector } from "../../extension/src/background/connector.ts";
import { Attempt, ConnectingAttempt } from "../../extension/src/attempt.ts";
import { connectingViewFor, failedViewFor } from "../../extension/src/popup/attempt_view.ts";
import { type ConnectionStatus, notConnectedStatus } from "#shared/connection_status.ts";
import assert from "node:assert/strict";
import * as v from "valibot";
import {
  connectedStatus,
  connectWithHiddenWindow,
  failedAttempt,
  type FakeConnector,
  fakeConnector,
  LOCATION_ID,
  NOW,
  SERVER,
  SESSION_TOKEN,
  sessionAnswer,
  storedAttempt,
} from "./fake_browser.ts";

const TEN_MINUTES_MS = 10 * 60_000;

/**
 * - `asking`: the server has not said yet that it is there
 * - `opening`: the browser loads the page, out of sight
 * - `window_open`: the person is at HighLevel's page
 * - `exchanging`: the server has not answered to the grant code
 * - `storing`: the session is not stored yet
 */
const MOMENTS = ["asking", "opening", "window_open", "exchanging", "storing"] as const;
type Moment = typeof MOMENTS[number];

/** An attempt that has come to `moment` and stays there. */
async function attemptAt(moment: Moment): Promise<{ fake: FakeConnector; connector: Connector }> {
  const arrived = Promise.withResolvers<void>();
  const stay = <Value>(): Promise<Value> => {
    arrived.resolve();
    return new Promise(() => {});
  };
  const fake = fakeConnector({
    ...(moment === "asking" ? { health: () => stay<Response>() } : {}),
    ...(moment === "opening" ? { openAuthWindow: () => stay() } : {}),
    ...(moment === "window_open"
      ? {
        openAuthWindow: (_url, onWindow) => {
          onWindow(7);
          return stay();
        },
      }
      : {}),
    ...(moment === "exchanging" ? { answer: () => stay<Response>() } : {}),
  });
  // The session comes to nothing, and not to a standstill: a lock that the browser would let go is held here for ever.
  const lost = {
    local: { ...fake.local, set: () => Promise.resolve() },
    session: {
      ...fake.session,
      set: (items: Record<string, unknown>) =>
        JSON.stringify(items).includes('"phase":"connected"') ? stay<void>() : fake.session.set(items),
    },
  };
  const connector = createConnector({ ...fake.deps, ...(moment === "storing" ? lost : {}) });
  await connector.connect(LOCATION_ID);
  await arrived.promise;
  return { fake, connector };
}

const refused = (): Response => Response.json({}, { status: 400 });

type Row = {
  moment: Moment;
  /** What the server says when it is asked for the session again. */
  again?: () => Response;
  outcome: "connected" | Record<string, unknown>;
  closed: number[];
};

const STOPPED: readonly Row[] = [
  { moment: "asking", outcome: failedAttempt("interrupted"), closed: [] },
  { moment: "opening", outcome: failedAttempt("interrupted"), closed: [] },
  { moment: "window_open", outcome: failedAttempt("interrupted"), closed: [7] },
  { moment: "exchanging", again: () => sessionAnswer(), outcome: "connected", closed: [] },
  { moment: "exchanging", again: refused, outcome: failedAttempt("interrupted"), closed: [] },
  { moment: "storing", again: refused, outcome: failedAttempt("interrupted"), closed: [] },
];
for (const { moment, again, outcome, closed } of STOPPED) {
  const end = outcome === "connected" ? "ends connected" : `ends with ${outcome.cause}`;
  const title = `an attempt whose background is stopped (${moment}) ${end}${
    again === refused ? " when refused" : ""
  }`;
  // `check` is the alarm, which has to tell of the end; `attempt` is a popup, which is looking already.
  for (const wake of ["check", "attempt"] as const) {
    Deno.test(`${title}: ${wake}()`, async () => {
      const { fake } = await attemptAt(moment);
      const next = fakeConnector({ answer: again ?? (() => sessionAnswer()) });
      const deps = { ...next.deps, session: fake.session, onEnd: () => ended.resolve() };
      const ended = Promise.withResolvers<void>();
      await createConnector(deps)[wake]();
      if (wake === "check" || moment === "exchanging" || moment === "storing") await ended.promise;

      const left = storedAttempt(fake.session);
      if (outcome === "connected") assert.equal(left.phase, "connected");
      else assert.deepEqual(left, outcome);
      assert.deepEqual([next.closed, next.isWatched(), next.opened], [closed, false, []]);
      assert.equal("session" in next.local.all(), outcome === "connected");
      assertHasNextStep(left);
    });
  }
}

for (const moment of MOMENTS) {
  Deno.test(`an attempt that a restart of the browser cut off (${moment}) leaves nothing that waits`, async () => {
    await attemptAt(moment);
    // `storage.session` is empty then; the alarm may be there still.
    const restarted = fakeConnector();
    restarted.deps.watch(true);
    const connector = createConnector(restarted.deps);
    await connector.check();
    assert.deepEqual([await connector.attempt(), restarted.isWatched()], [null, false]);
    assert.deepEqual(await connector.connect(LOCATION_ID), { alreadyRunning: false });
    await restarted.ended;
    assert.equal(storedAttempt(restarted.session).phase, "connected");
  });
}

for (const moment of ["asking", "opening", "window_open"] as const) {
  for (const wake of ["check", "attempt"] as const) {
    Deno.test(`an attempt that is older than ten minutes (${moment}) ends as expired: ${wake}()`, async () => {
      const { fake, connector } = await attemptAt(moment);
      fake.passTime(TEN_MINUTES_MS);
      await connector[wake]();
      assert.equal(storedAttempt(fake.session).phase, "connecting");
      fake.passTime(1);
      await connector[wake]();
      const late = failedAttempt("attempt_expired", TEN_MINUTES_MS + 1);
      assert.deepEqual([storedAttempt(fake.session), fake.ends(), fake.isWatched()], [late, 1, false]);
      assert.deepEqual(fake.closed, moment === "window_open" ? [7] : []);
      assertHasNextStep(late);
      assert.deepEqual(await connector.connect(LOCATION_ID), { alreadyRunning: false });
    });
  }
}

Deno.test("an attempt does not expire once the sign-in window came back", async () => {
  const { fake, connector } = await attemptAt("exchanging");
  fake.passTime(2 * TEN_MINUTES_MS);
  await connector.check();
  assert.equal(storedAttempt(fake.session).phase, "connecting");
});

Deno.test("an attempt speaks of no window once that came back, and asks for patience", async () => {
  const { fake } = await attemptAt("exchanging");
  const attempt = v.parse(ConnectingAttempt, storedAttempt(fake.session));
  const view = connectingViewFor(attempt, { name: null, isViewed: true, now: NOW });
  assert.deepEqual(view.sentence, { key: "connecting_finishing" });
  assert.deepEqual([view.primary, view.secondary.map(({ action }) => action)], [null, ["retry", "cancel"]]);
});

Deno.test("an attempt for another location than the one in view is not called by its name", async () => {
  const { fake } = await attemptAt("window_open");
  const attempt = v.parse(ConnectingAttempt, storedAttempt(fake.session));
  const view = connectingViewFor(attempt, { name: null, isViewed: false, now: NOW });
  assert.deepEqual([view.heading, view.locationId], [{ key: "connecting_title" }, LOCATION_ID]);
});

Deno.test("an attempt that expired closes the window that the browser shows only afterwards", async () => {
  const { fake, connector, showWindow } = await connectWithHiddenWindow();
  fake.passTime(TEN_MINUTES_MS + 1);
  await connector.check();
  showWindow(7);
  assert.deepEqual([fake.closed, storedAttempt(fake.session).cause], [[7], "attempt_expired"]);
});

Deno.test("an attempt that expired while its background was stopped says so", async () => {
  const { fake } = await attemptAt("window_open");
  fake.passTime(TEN_MINUTES_MS + 1);
  const attempt = await createConnector(fake.deps).attempt();
  assert.deepEqual(attempt, failedAttempt("attempt_expired", TEN_MINUTES_MS + 1));
});

Deno.test("check() is asked for while an attempt runs, and not after it ended or was cancelled", async () => {
  const { fake, connector } = await attemptAt("window_open");
  await connector.check();
  assert.equal(fake.isWatched(), true);
  await connector.cancel();
  assert.equal(fake.isWatched(), false);

  const ended = fakeConnector();
  await createConnector(ended.deps).connect(LOCATION_ID);
  await ended.ended;
  assert.equal(ended.isWatched(), false);
});

Deno.test("connect() after the background was stopped with the grant code in hand lets the first attempt end", async () => {
  const { fake } = await attemptAt("exchanging");
  const next = fakeConnector();
  const ended = Promise.withResolvers<void>();
  const connector = createConnector({ ...next.deps, session: fake.session, onEnd: () => ended.resolve() });
  assert.deepEqual(await connector.connect(LOCATION_ID), { alreadyRunning: true });
  await ended.promise;
  assert.deepEqual([storedAttempt(fake.session).phase, next.opened], ["connected", []]);
});

Deno.test("cancel() after the background was stopped with the grant code in hand keeps nothing", async () => {
  const { fake } = await attemptAt("exchanging");
  const next = fakeConnector();
  await createConnector({ ...next.deps, session: fake.session }).cancel();
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual([fake.session.all(), next.local.all(), next.ends()], [{}, {}, 0]);
});

Deno.test("an attempt whose answer was lost ends connected when the session can see that it is", async () => {
  const session = { id: "s", server: SERVER, token: SESSION_TOKEN, expiresAt: "2027-01-01T00:00:00.000Z" };
  const cases: [ConnectionStatus, string][] = [
    [connectedStatus(), "connected"],
    [notConnectedStatus(LOCATION_ID), "failed"],
  ];
  for (const [status, phase] of cases) {
    const { fake } = await attemptAt("exchanging");
    const answer = (call: number): Response => call === 1 ? refused() : Response.json(status);
    const next = fakeConnector({ local: { session }, answer });
    const ended = Promise.withResolvers<void>();
    await createConnector({ ...next.deps, session: fake.session, onEnd: () => ended.resolve() }).check();
    await ended.promise;
    assert.equal(storedAttempt(fake.session).phase, phase);
    assert.deepEqual(next.local.all().session, session);
  }
});

Deno.test("an attempt whose outcome cannot be stored does not run for ever", async () => {
  const fake = fakeConnector();
  let isBroken = true;
  const session = {
    ...fake.session,
    set: (items: Record<string, unknown>) =>
      isBroken && JSON.stringify(items).includes('"connected"')
        ? Promise.reject(new Error("QUOTA_BYTES"))
        : fake.session.set(items),
  };
  const connector = createConnector({ ...fake.deps, session });
  await connector.connect(LOCATION_ID);
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual([storedAttempt(fake.session).phase, fake.isWatched()], ["connecting", true]);
  isBroken = false;
  await connector.check();
  await fake.ended;
  assert.equal(storedAttempt(fake.session).phase, "connected");
});

/** What a person can do next, in words and with a button. */
function assertHasNextStep(left: Record<string, unknown>): void {
  const attempt = v.parse(Attempt, left);
  if (attempt.phase === "connected") return;
  const view = attempt.phase === "failed"
    ? failedViewFor(attempt, null)
    : connectingViewFor(attempt, { name: null, isViewed: true, now: NOW });
  assert.ok(view.nextStep);
  assert.notEqual(view.badge?.icon, "progress");
  assert.equal(view.primary?.action, "retry");
}
