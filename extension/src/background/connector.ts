/** Keeps at most one attempt running, and `storage.session` telling the truth about it. */
import {
  type Attempt,
  type ConnectedAttempt,
  type ConnectingAttempt,
  type FailedAttempt,
  failedAttempt,
  hasExpired,
} from "../attempt.ts";
import { readAttempt, removeAttempt, saveAttempt } from "../attempt_store.ts";
import { readServer } from "../server_setting.ts";
import type { StorageArea } from "../storage_area.ts";
import { createAttempt } from "./create_attempt.ts";
import { createWindowQueue } from "./window_queue.ts";
import { type AttemptDeps, runAttempt } from "./run_attempt.ts";

export type ConnectorDeps = AttemptDeps & {
  session: StorageArea;
  builtInServer: string;
  closeWindow: (windowId: number) => Promise<void>;
  /** How long a new attempt waits for the window of the one before to go. */
  windowPatienceMs: number;
  /** Has `check()` called regularly while an attempt runs, even when the background was stopped in between. */
  watch: (isOn: boolean) => void;
  /** Called when an attempt has ended and its outcome is stored; not for one that was cancelled from here. */
  onEnd: (outcome: ConnectedAttempt | FailedAttempt) => void;
};

export type Connector = {
  connect(locationId: string | null): Promise<{ alreadyRunning: boolean }>;
  cancel(): Promise<void>;
  dismiss(): Promise<void>;
  attempt(): Promise<Attempt | null>;
  /** Ends an attempt that was cut off, or that takes too long, when no popup is there to ask. */
  check(): Promise<void>;
};

/** `attempt`: null before it is stored, and from its outcome on. */
type Running = { abort: AbortController; attempt: ConnectingAttempt | null; isCancelled: boolean };

export function createConnector(deps: ConnectorDeps): Connector {
  // Lives as long as the background does. What is stored as running and is not this one was cut off.
  let running: Running | null = null;
  let takingOver: Promise<FailedAttempt | null> | null = null;
  const openNext = createWindowQueue(deps);

  async function connect(locationId: string | null): Promise<{ alreadyRunning: boolean }> {
    await takeOver();
    if (running !== null) return { alreadyRunning: true };
    // Taken before anything more is awaited, so that a second click finds it.
    const mine = running = newRunning();
    try {
      const server = await readServer(deps.local, deps.builtInServer);
      const attempt = createAttempt({ server, locationId, now: deps.now() });
      if (mine.abort.signal.aborted) return { alreadyRunning: false };
      deps.watch(true);
      await saveAttempt(deps.session, attempt);
      if (mine.abort.signal.aborted) return { alreadyRunning: false };
      void runToEnd(mine, attempt);
      return { alreadyRunning: false };
    } catch (error) {
      if (running === mine) running = null;
      throw error;
    }
  }

  /** Picks up what a stopped background left behind. Null: nothing, or it goes on. */
  function takeOver(): Promise<FailedAttempt | null> {
    if (running !== null) return Promise.resolve(null);
    return takingOver ??= takeOverStored().finally(() => {
      takingOver = null;
    });
  }

  async function takeOverStored(): Promise<FailedAttempt | null> {
    const left = await readAttempt(deps.session);
    if (left?.phase !== "connecting" || running !== null) return null;
    if (left.grant !== undefined) {
      running = newRunning();
      void runToEnd(running, left);
      return null;
    }
    // Its window answers to nobody now, and keeps the browser from opening another.
    const outcome = failure(left, hasExpired(left, deps.now()) ? "attempt_expired" : "interrupted");
    await saveAttempt(deps.session, outcome);
    await closeWindowOf(left);
    return outcome;
  }

  async function runToEnd(mine: Running, attempt: ConnectingAttempt): Promise<void> {
    const { signal } = mine.abort;
    mine.attempt = attempt;
    let outcome: ConnectedAttempt | FailedAttempt;
    try {
      outcome = await runAttempt(
        { ...deps, openAuthWindow: (url, onWindow) => openNext({ url, onWindow, signal }) },
        {
          attempt,
          signal,
          onWindow: (windowId) => noteWindow(mine, windowId),
          onGrant: (grant) => change(mine, { grant, windowId: null }),
        },
      );
    } catch {
      outcome = failure(attempt, "interrupted");
    }
    // After a cancel the place in storage belongs to the next attempt.
    if (signal.aborted) return;
    mine.attempt = null;
    await end(mine, outcome);
  }

  async function end(mine: Running, outcome: ConnectedAttempt | FailedAttempt): Promise<void> {
    const isSaved = await saveAttempt(deps.session, outcome).then(() => true, () => false);
    if (mine.isCancelled) return;
    running = null;
    // What could not be replaced has nobody who works on it now: the next check finds it cut off.
    if (!isSaved) return;
    deps.watch(false);
    deps.onEnd(outcome);
  }

  function noteWindow(mine: Running, windowId: number | null): void {
    // The browser shows the window only when its page has loaded: it can come after the cancel.
    if (mine.abort.signal.aborted && windowId !== null) void deps.closeWindow(windowId);
    else void change(mine, { windowId });
  }

  async function change(mine: Running, changed: Partial<ConnectingAttempt>): Promise<void> {
    if (mine.attempt === null || mine.abort.signal.aborted) return;
    mine.attempt = { ...mine.attempt, ...changed };
    await saveAttempt(deps.session, mine.attempt);
  }

  async function cancel(): Promise<void> {
    await takeOver();
    const cancelled = running;
    if (cancelled !== null) {
      cancelled.isCancelled = true;
      cancelled.abort.abort();
    }
    await removeAttempt(deps.session);
    // Only now: until the record is gone, an attempt without a runner would look cut off.
    if (running === cancelled) running = null;
    if (running === null) deps.watch(false);
    await closeWindowOf(cancelled?.attempt);
  }

  async function closeWindowOf(left: ConnectingAttempt | null | undefined): Promise<void> {
    if (left && left.windowId !== null) await deps.closeWindow(left.windowId);
  }

  async function dismiss(): Promise<void> {
    await takeOver();
    if (running === null) await removeAttempt(deps.session);
  }

  async function attempt(): Promise<Attempt | null> {
    await takeOver();
    await endLate();
    return await readAttempt(deps.session);
  }

  async function check(): Promise<void> {
    const cutOff = await takeOver();
    if (cutOff !== null) deps.onEnd(cutOff);
    await endLate();
    if (running === null) deps.watch(false);
  }

  /** The browser may have slept, or the person forgotten: the server would refuse what comes back now. */
  async function endLate(): Promise<void> {
    const [mine, late] = [running, running?.attempt];
    if (mine === null || !late || !hasExpired(late, deps.now())) return;
    mine.abort.abort();
    await end(mine, failure(late, "attempt_expired"));
    await closeWindowOf(late);
  }

  function failure(of: ConnectingAttempt, cause: FailedAttempt["cause"]): FailedAttempt {
    return failedAttempt(of, { cause, endedAt: deps.now() });
  }

  return { connect, cancel, dismiss, attempt, check };
}

function newRunning(): Running {
  return { abort: new AbortController(), attempt: null, isCancelled: false };
}
