import assert from "node:assert/strict";
import type { RefreshJudgement } from "../../../server/highlevel/judge_refresh.ts";
import { presentToken } from "../../../server/rotation/present_token.ts";
import { createVirtualClock } from "../../support/virtual_clock.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const LOST: RefreshJudgement = {
  kind: "transient",
  code: "highlevel_unavailable",
  mayHaveRotated: true,
  pauseSeconds: null,
};
const NOT_SENT: RefreshJudgement = { ...LOST, mayHaveRotated: false };
const LIMITED: RefreshJudgement = { ...NOT_SENT, code: "rate_limited", pauseSeconds: 10 };
const DEAD: RefreshJudgement = { kind: "dead" };

interface PresentOptions {
  readonly answers: readonly RefreshJudgement[];
  readonly secondsSinceStart?: number;
  /** How long each call takes. */
  readonly callSeconds?: number;
  /** How long ago the claim was asked for. */
  readonly asleepSeconds?: number;
  /** How long the lease's renewal takes. */
  readonly renewSeconds?: number;
  readonly stopAfterCalls?: number;
  readonly isOurs?: () => boolean;
  /** Whether the database hears of it when the process stops. */
  readonly canHandOver?: boolean;
}

/** Presents to something that gives `answers`, the last one for ever, and notes when each call was made. */
async function present(options: PresentOptions) {
  const { answers, secondsSinceStart = 0, callSeconds = 0, asleepSeconds = 0, renewSeconds = 0 } = options;
  const { stopAfterCalls, isOurs = () => true, canHandOver = true } = options;
  const clock = createVirtualClock();
  const stopping = new AbortController();
  const calledAt: number[] = [];
  const deadlines: number[] = [];
  const presented = await presentToken({
    call: (deadlineMilliseconds) => {
      calledAt.push(secondsSinceStart + asleepSeconds + clock.monotonic() / 1000);
      deadlines.push(deadlineMilliseconds);
      clock.advance(callSeconds * 1000);
      if (calledAt.length === stopAfterCalls) stopping.abort();
      const answer = answers[Math.min(calledAt.length, answers.length) - 1];
      assert.ok(answer !== undefined);
      return Promise.resolve(answer);
    },
    renew: () => {
      clock.advance(renewSeconds * 1000);
      return Promise.resolve(isOurs());
    },
    secondsSinceStart,
    askedAt: -asleepSeconds * 1000,
    clock,
    random: () => 0.999,
    stopping: stopping.signal,
    handOver: () => Promise.resolve(canHandOver),
  });
  return { presented, calledAt, deadlines };
}

Deno.test("presentToken() takes the first definite answer", async () => {
  const { presented, calledAt } = await present({ answers: [DEAD] });
  assert.deepEqual([presented.kind, calledAt.length], ["dead", 1]);
});

Deno.test("presentToken() presents the token again at once when an answer was lost", async () => {
  const { presented, calledAt } = await present({ answers: [LOST, LOST, DEAD] });
  assert.equal(presented.kind, "dead");
  assert.equal(calledAt.length, 3);
  assert.ok((calledAt[2] ?? 99) < 1);
});

Deno.test("presentToken() never presents a token later than 25 s after its first use, but often until then", async () => {
  for (const callSeconds of [0, 0.2, 1, 7]) {
    const { presented, calledAt } = await present({ answers: [LOST], callSeconds });
    assert.equal(presented, LOST);
    assert.ok(calledAt.every((at) => at <= 25), calledAt.join(" "));
    assert.ok((calledAt.at(-1) ?? 0) >= 14, calledAt.join(" "));
    assert.ok(calledAt.length >= 3, calledAt.join(" "));
  }
});

Deno.test("presentToken() presents once when nothing was sent or HighLevel wants fewer calls", async () => {
  for (const answer of [NOT_SENT, LIMITED]) {
    const { presented, calledAt } = await present({ answers: [answer] });
    assert.equal(presented, answer);
    assert.equal(calledAt.length, 1);
  }
});

Deno.test("presentToken() goes on through refusals of a gateway once an answer was lost", async () => {
  const { presented, calledAt } = await present({ answers: [LOST, NOT_SENT, LIMITED, DEAD] });
  assert.equal(presented.kind, "dead");
  assert.ok((calledAt[3] ?? 0) - (calledAt[2] ?? 0) >= 2, "too many calls are given some time");
});

for (const kind of ["client_rejected", "paused"] as const) {
  const refused: RefreshJudgement = { kind };

  Deno.test(`presentToken() does not give up a lost answer because HighLevel says "${kind}" for a moment`, async () => {
    const once = await present({ answers: [refused, DEAD] });
    assert.deepEqual([once.presented.kind, once.calledAt.length], [kind, 1]);
    const back = await present({ answers: [LOST, refused, refused, DEAD] });
    assert.deepEqual([back.presented.kind, back.calledAt.length], ["dead", 4]);
    const crashed = await present({ answers: [refused, DEAD], secondsSinceStart: 8 });
    assert.deepEqual([crashed.presented.kind, crashed.calledAt.length], ["dead", 2]);
    const never = await present({ answers: [LOST, refused] });
    assert.equal(never.presented.kind, kind);
    assert.ok(never.calledAt.every((at) => at <= 25), never.calledAt.join(" "));
    assert.ok(never.calledAt.length <= 20, never.calledAt.join(" "));
  });
}

Deno.test("presentToken() goes on in the window of whoever crashed", async () => {
  const { calledAt } = await present({ answers: [NOT_SENT], secondsSinceStart: 12 });
  assert.ok(calledAt.length > 3);
  assert.ok((calledAt.at(-1) ?? 0) <= 25);
  const late = await present({ answers: [LOST], secondsSinceStart: 24.9 });
  assert.equal(late.calledAt.length, 1);
});

Deno.test("presentToken() stops when the row is no longer ours", async () => {
  const { presented, calledAt } = await present({ answers: [LOST], isOurs: () => false });
  assert.deepEqual([presented.kind, calledAt.length], ["taken_over", 1]);
});

Deno.test("presentToken() leaves the rest of the window to others when the process stops", async () => {
  const { presented, calledAt } = await present({ answers: [LOST], stopAfterCalls: 2 });
  assert.deepEqual([presented.kind, calledAt.length], ["handed_over", 2]);
});

Deno.test("presentToken() goes on in a process that stops when the database cannot be told", async () => {
  const { presented, calledAt } = await present({
    answers: [LOST, LOST, LOST, DEAD],
    stopAfterCalls: 2,
    canHandOver: false,
  });
  assert.deepEqual([presented.kind, calledAt.length], ["dead", 4]);
});

Deno.test("presentToken() presents nothing when its process was asleep until the window had closed", async () => {
  const late = await present({ answers: [DEAD], asleepSeconds: 26 });
  assert.deepEqual([late.presented.kind, late.calledAt.length], ["too_late", 0]);
  const inTime = await present({ answers: [DEAD], asleepSeconds: 24 });
  assert.deepEqual([inTime.presented.kind, inTime.calledAt.length], ["dead", 1]);
});

Deno.test("presentToken() presents nothing later than 25 s also when the lease's renewal takes long", async () => {
  for (const renewSeconds of [1, 5, 7]) {
    const { calledAt, presented } = await present({ answers: [LOST], callSeconds: 6, renewSeconds });
    assert.equal(presented, LOST);
    assert.ok(calledAt.every((at) => at <= 25), calledAt.join(" "));
  }
});

Deno.test("presentToken() lets no call run past the window", async () => {
  const { calledAt, deadlines } = await present({ answers: [LOST], callSeconds: 0.2 });
  assert.equal(deadlines[0], 7000);
  for (const [index, deadline] of deadlines.entries()) {
    assert.ok((calledAt[index] ?? 0) + deadline / 1000 <= 30.001);
  }
});
