/** Keeps at most one attempt running, and `storage.session` telling the truth about it. */
import {
  type Attempt,
  type ConnectedAttempt,
  type ConnectingAttempt,
  type FailedAttempt,
  failedAttempt,
} from "../attempt.ts";
import { readAttempt, removeAttempt, saveAttempt } from "../attempt_store.ts";
import { readServer } from "../server_setting.ts";
import type { StorageArea } from "../storage_area.ts";
import type { OpenAuthWindow } from "./auth_window.ts";
import { createAttempt } from "./create_attempt.ts";
import { type AttemptDeps, runAttempt } from "./run_attempt.ts";

export type ConnectorDeps = AttemptDeps & {
  session: StorageArea;
  builtInServer: string;
  closeWindow: (windowId: number) => Promise<void>;
  /** How long a new attempt waits for the window of the one before to go. */
  windowPatienceMs: number;
  /** Called when an attempt has ended and its outcome is stored; not for one that was cancelled from here. */
  onEnd: (outcome: ConnectedAttempt | FailedAttempt) => void;
};

export type Connector = {
  connect(locationId: string | null): Promise<{ alreadyRunning: boolean }>;
  cancel(): Promise<void>;
  dismiss(): Promise<void>;
  attempt(): Promise<Attempt | null>;
};

type Running = { abort: AbortController; attempt: ConnectingAttempt | null };

export function createConnector(deps: ConnectorDeps): Connector {
  // Lives as long as the background does. What is stored as running and is not this one was cut off.
  let running: Running | null = null;
  // The browser opens one sign-in window at a time; a cancelled one counts until it is gone.
  let lastWindow: Promise<unknown> = Promise.resolve();

  async function connect(locationId: string | null): Promise<{ alreadyRunning: boolean }> {
    if (running !== null) return { alreadyRunning: true };
    // Taken before anything is awaited, so that a second click finds it.
    const mine: Running = { abort: new AbortController(), attempt: null };
    running = mine;
    try {
      await closeWindowOf(await readAttempt(deps.session));
      const server = await readServer(deps.local, deps.builtInServer);
      const attempt = createAttempt({ server, locationId, now: deps.now() });
      if (mine.abort.signal.aborted) return { alreadyRunning: false };
      await saveAttempt(deps.session, attempt);
      if (mine.abort.signal.aborted) return { alreadyRunning: false };
      mine.attempt = attempt;
      void runToEnd(mine, attempt);
      return { alreadyRunning: false };
    } catch (error) {
      if (running === mine) running = null;
      throw error;
    }
  }

  async function runToEnd(mine: Running, attempt: ConnectingAttempt): Promise<void> {
    const { signal } = mine.abort;
    let outcome: ConnectedAttempt | FailedAttempt;
    try {
      const openAuthWindow: OpenAuthWindow = (url, onWindow) => openNext(url, { onWindow, signal });
      const onWindow = (id: number | null): void => noteWindow(mine, id);
      outcome = await runAttempt({ ...deps, openAuthWindow }, { attempt, signal, onWindow });
    } catch {
      outcome = failedAttempt(attempt, { cause: "interrupted", endedAt: deps.now() });
    }
    // After a cancel the place in storage belongs to the next attempt.
    if (signal.aborted) return;
    await saveAttempt(deps.session, outcome);
    if (signal.aborted) return;
    running = null;
    deps.onEnd(outcome);
  }

  /** Gives the window before this one time to go, since it would make the browser refuse this one. */
  async function openNext(
    url: string,
    { onWindow, signal }: { onWindow: (windowId: number | null) => void; signal: AbortSignal },
  ): Promise<unknown> {
    const patience = Promise.withResolvers<void>();
    const timer = setTimeout(patience.resolve, deps.windowPatienceMs);
    await Promise.race([lastWindow, patience.promise]);
    clearTimeout(timer);
    if (signal.aborted) return null;
    const opened = deps.openAuthWindow(url, onWindow);
    lastWindow = Promise.allSettled([lastWindow, opened]);
    return await opened;
  }

  function noteWindow(mine: Running, windowId: number | null): void {
    if (mine.abort.signal.aborted) {
      // The browser shows the window only when its page has loaded: it can come after the cancel.
      if (windowId !== null) void deps.closeWindow(windowId);
      return;
    }
    if (mine.attempt === null) return;
    mine.attempt = { ...mine.attempt, windowId };
    void saveAttempt(deps.session, mine.attempt);
  }

  async function cancel(): Promise<void> {
    const cancelled = running;
    cancelled?.abort.abort();
    const left = cancelled === null ? await readAttempt(deps.session) : cancelled.attempt;
    await removeAttempt(deps.session);
    // Only now: until the record is gone, an attempt without a runner would look cut off.
    if (running === cancelled) running = null;
    await closeWindowOf(left);
  }

  /** What a stopped background left open answers to nobody now, and keeps the browser from opening another. */
  async function closeWindowOf(left: Attempt | null): Promise<void> {
    if (left?.phase === "connecting" && left.windowId !== null) await deps.closeWindow(left.windowId);
  }

  async function dismiss(): Promise<void> {
    if (running === null) await removeAttempt(deps.session);
  }

  async function attempt(): Promise<Attempt | null> {
    const stored = await readAttempt(deps.session);
    if (stored?.phase !== "connecting" || running !== null) return stored;
    const interrupted = failedAttempt(stored, { cause: "interrupted", endedAt: deps.now() });
    await saveAttempt(deps.session, interrupted);
    await closeWindowOf(stored);
    return interrupted;
  }

  return { connect, cancel, dismiss, attempt };
}
