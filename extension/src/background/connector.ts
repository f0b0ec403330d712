/** Keeps at most one attempt running, and `storage.session` telling the truth about it. */
import type { Attempt, ConnectedAttempt, ConnectingAttempt, FailedAttempt } from "../attempt.ts";
import { readAttempt, removeAttempt, saveAttempt } from "../attempt_store.ts";
import { readServer } from "../server_setting.ts";
import type { StorageArea } from "../storage_area.ts";
import { createAttempt } from "./create_attempt.ts";
import { type AttemptDeps, runAttempt } from "./run_attempt.ts";

export type ConnectorDeps = AttemptDeps & {
  session: StorageArea;
  builtInServer: string;
  closeWindow: (windowId: number) => Promise<void>;
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

  async function connect(locationId: string | null): Promise<{ alreadyRunning: boolean }> {
    if (running !== null) return { alreadyRunning: true };
    // Taken before anything is awaited, so that a second click finds it.
    const mine: Running = { abort: new AbortController(), attempt: null };
    running = mine;
    try {
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
      outcome = await runAttempt(deps, { attempt, signal, onWindow: (id) => noteWindow(mine, id) });
    } catch {
      outcome = {
        phase: "failed",
        locationId: attempt.locationId,
        cause: "interrupted",
        endedAt: deps.now(),
      };
    }
    // After a cancel the place in storage belongs to the next attempt.
    if (signal.aborted) return;
    await saveAttempt(deps.session, outcome);
    if (signal.aborted) return;
    running = null;
    deps.onEnd(outcome);
  }

  function noteWindow(mine: Running, windowId: number | null): void {
    if (mine.abort.signal.aborted) {
      // The browser shows the window only when its page has loaded: it can come after the cancel.
      if (running === null && windowId !== null) void deps.closeWindow(windowId);
      return;
    }
    if (mine.attempt === null) return;
    mine.attempt = { ...mine.attempt, windowId };
    void saveAttempt(deps.session, mine.attempt);
  }

  async function cancel(): Promise<void> {
    const cancelled = running;
    cancelled?.abort.abort();
    await removeAttempt(deps.session);
    // Only now: until the record is gone, an attempt without a runner would look cut off.
    if (running === cancelled) running = null;
    const windowId = cancelled?.attempt?.windowId ?? null;
    if (windowId !== null) await deps.closeWindow(windowId);
  }

  async function dismiss(): Promise<void> {
    if (running === null) await removeAttempt(deps.session);
  }

  async function attempt(): Promise<Attempt | null> {
    const stored = await readAttempt(deps.session);
    if (stored?.phase !== "connecting" || running !== null) return stored;
    const interrupted: FailedAttempt = {
      phase: "failed",
      locationId: stored.locationId,
      cause: "interrupted",
      endedAt: deps.now(),
    };
    await saveAttempt(deps.session, interrupted);
    // What it left open answers to nobody now, and keeps the browser from opening another.
    if (stored.windowId !== null) await deps.closeWindow(stored.windowId);
    return interrupted;
  }

  return { connect, cancel, dismiss, attempt };
}
