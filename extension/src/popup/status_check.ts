/** Asks the server for the status of the location in view: for somebody who waits, and by itself while the popup is open. */
import { fetchStatus, type StatusAnswer } from "../fetch_status.ts";
import type { Fetch } from "../server_answer.ts";
import type { StoredSession } from "../session_store.ts";
import { POLL_MS, pollPause } from "./poll_pause.ts";
import type { CheckResult } from "./popup_view_for.ts";

export type AskedAbout = { session: StoredSession; locationId: string };

export type StatusCheckDeps = {
  fetch: Fetch;
  now: () => number;
  /** Null: there is nothing to ask about. */
  inView: () => AskedAbout | null;
  /** Whether something is in sight that can stand for a moment when the server does not answer. */
  isKnown: () => boolean;
  /** `askedAt` in milliseconds since 1970; `isPolled`: nobody waits for the answer. */
  takeIn: (answer: StatusAnswer, about: AskedAbout & { askedAt: number; isPolled: boolean }) => Promise<void>;
  publish: () => void;
};

type StatusCheckState = {
  /** Somebody waits for an answer. */
  checking: boolean;
  /** How the last question ended. */
  check: CheckResult | null;
  /** When a question that a person asked was answered; milliseconds since 1970. */
  reportedAt: number | null;
};

export type StatusCheck = {
  state(): StatusCheckState;
  /** Asks anew: whatever was asked before is no longer waited for. */
  check(): Promise<void>;
  /** A person wants to know: waits for the question under way, if there is one. */
  checkNow(): Promise<void>;
  /** To be called every `POLL_MS`: asks when it is time to, and never while another question is under way. */
  poll(): Promise<void>;
  /** Something newer is known than what any question under way can bring. */
  overtake(check: CheckResult | null): void;
};

export function createStatusCheck(deps: StatusCheckDeps): StatusCheck {
  let state: StatusCheckState = { checking: false, check: null, reportedAt: null };
  let [rounds, asking, failures, ticksToRest] = [0, 0, 0, 0];
  let underWay: Promise<void> | null = null;
  /** By a person, who is told what came of it. */
  let isAwaited = false;

  async function ask(about: AskedAbout): Promise<void> {
    const round = ++rounds;
    const askedAt = deps.now();
    asking++;
    try {
      const answer = await fetchStatus(deps.fetch, about);
      if (round !== rounds) return;
      const isPolled = !state.checking;
      judge(answer);
      await deps.takeIn(answer, { ...about, askedAt, isPolled });
    } finally {
      asking--;
      if (round === rounds) {
        underWay = null;
        state = { ...state, checking: false };
        deps.publish();
      }
    }
  }

  function judge(answer: StatusAnswer): void {
    const isFailure = answer.kind !== "answered" && answer.kind !== "session_ended";
    const retryAfterSeconds = isFailure ? answer.retryAfterSeconds ?? null : null;
    failures = isFailure ? failures + 1 : 0;
    ticksToRest = Math.ceil(pollPause({ failures, retryAfterSeconds }) / POLL_MS) - 1;
    // One lost answer that nobody waited for is no news.
    const isNews = !isFailure || state.checking || failures > 1 || !deps.isKnown();
    if (isNews) state = { ...state, check: answer.kind };
  }

  async function check(): Promise<void> {
    const about = deps.inView();
    if (about === null) return;
    state = { ...state, checking: true };
    deps.publish();
    underWay = ask(about);
    await underWay;
  }

  async function checkNow(): Promise<void> {
    if (isAwaited) return;
    isAwaited = true;
    try {
      if (underWay === null) {
        await check();
      } else {
        state = { ...state, checking: true };
        deps.publish();
        await underWay;
      }
    } finally {
      isAwaited = false;
    }
    if (state.check !== "answered") return;
    state = { ...state, reportedAt: deps.now() };
    deps.publish();
  }

  async function poll(): Promise<void> {
    const about = deps.inView();
    if (asking > 0 || about === null) return;
    if (ticksToRest > 0) {
      ticksToRest--;
      return;
    }
    underWay = ask(about);
    await underWay;
  }

  return {
    state: () => state,
    check,
    checkNow,
    poll,
    overtake(check) {
      rounds++;
      underWay = null;
      state = { ...state, checking: false, check };
    },
  };
}
