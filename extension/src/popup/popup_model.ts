/** What the popup knows and does, without a screen: reads, asks, and tells its one listener about each change. */
import type { ConnectionStatus } from "#shared/connection_status.ts";
import type { StatusAnswer } from "../fetch_status.ts";
import type { Message, Reply } from "../messages.ts";
import type { Fetch } from "../server_answer.ts";
import { serverHost } from "../server_address.ts";
import { forgetSession } from "../forget_session.ts";
import type { StoredSession } from "../session_store.ts";
import { createAttemptOrders } from "./attempt_orders.ts";
import { createOrders, type GiveOrder } from "./popup_orders.ts";
import type { PopupAction, ViewKind } from "./popup_view.ts";
import type { PopupInput } from "./popup_view_for.ts";
import { readSnapshot, type Snapshot, type SnapshotSources } from "./snapshot.ts";
import { type AskedAbout, createStatusCheck } from "./status_check.ts";
import { connectedAtOf, createStatusMemory, type LearntStatus } from "./status_memory.ts";
import type { Page } from "./viewed_location.ts";

export type PopupDeps = SnapshotSources & {
  readPage: () => Promise<Page>;
  ask: (message: Message) => Promise<Reply | null>;
  fetch: Fetch;
  now: () => number;
  /** Whether anybody can see the popup. */
  isVisible: () => boolean;
  focusWindow: (windowId: number) => Promise<void>;
  openConnections: () => Promise<void>;
  openOptions: () => Promise<void>;
};

/**
 * - `checking`: somebody waits for the server to tell the status
 * - `reportedAt`: when it did so for a person who asked; milliseconds since 1970
 * - `pending`: the background was asked and has not replied
 */
export type PopupState = Omit<PopupInput, "now"> & {
  checking: boolean;
  reportedAt: number | null;
  pending: boolean;
};

export type PopupModel = {
  state(): PopupState;
  subscribe(listener: () => void): () => void;
  /** Asks the server for the status of the location in view. */
  check(): Promise<void>;
  /** To be called every `POLL_MS`: keeps what is in sight live, without a word while nothing changes. */
  poll(): Promise<void>;
  storageChanged(): Promise<void>;
  /** `view`: what was in sight when the button was pressed, since trying again means something else in each. */
  act(action: PopupAction, view: ViewKind): Promise<void>;
};

/** Reads what is stored, so that the first paint is the last known truth and nothing flashes. */
export async function createPopupModel(deps: PopupDeps): Promise<PopupModel> {
  const reading = deps.readPage();
  let snapshot = await readSnapshot(deps, reading);
  const page = await reading;
  const memory = createStatusMemory({ ...deps, onLearnt: publish });
  const checks = createStatusCheck({
    fetch: deps.fetch,
    now: deps.now,
    inView: () => {
      const { session, locationId } = snapshot;
      return session === null || locationId === null ? null : { session, locationId };
    },
    isKnown: () => memory.newest(snapshot) !== null,
    takeIn,
    publish,
  });
  const orders = createOrders({ knownStatus, carryOut, forgetOutcome, publish, now: deps.now });
  const attempts = createAttemptOrders({
    ...deps,
    attempt: () => snapshot.attempt,
    read: followNews,
    publish,
  });
  let notify = (): void => {};
  let current = toState();
  // Only the background knows whether a stored attempt is still being worked on.
  await attempts.check();

  function toState(): PopupState {
    const { attempt } = snapshot;
    const known = memory.newest(snapshot);
    return {
      page,
      attempt,
      hasSession: snapshot.session !== null,
      serverHost: serverHost(snapshot.server),
      known,
      connectedAt: connectedAtOf(known),
      ...checks.state(),
      ...orders.state(),
      pending: attempts.isPending(),
    };
  }

  async function read(): Promise<void> {
    snapshot = await readSnapshot(deps, page);
  }

  function publish(): void {
    current = toState();
    notify();
  }

  async function takeIn(
    answer: StatusAnswer,
    { session, locationId, askedAt, isPolled }: AskedAbout & { askedAt: number; isPolled: boolean },
  ): Promise<void> {
    if (answer.kind === "answered") {
      const { status } = answer;
      await memory.keep(session, { locationId, status, checkedAt: askedAt, snapshot, isPolled });
    }
    if (answer.kind === "session_ended") await forgetSession(deps.local, session);
    await read();
  }

  async function carryOut<Answer extends { kind: string; status?: ConnectionStatus }>(
    give: GiveOrder<Answer>,
  ): Promise<Answer | null> {
    const { session, locationId } = snapshot;
    const connectionId = knownStatus()?.connectionId ?? null;
    if (session === null || locationId === null || connectionId === null) return null;
    const answer = await give(deps.fetch, { session, connectionId, locationId });
    const { kind, status } = answer;
    if (kind === "session_ended") {
      if (snapshot.session?.id === session.id) checks.overtake("session_ended");
      await forgetSession(deps.local, session);
    } else if (status?.locationId === locationId) {
      await learn(session, { locationId, status });
    } else if (status !== undefined || kind === "not_found") {
      // The connection of a company is not the whole truth about one of its locations.
      await checks.check();
    }
    await read();
    return answer;
  }

  function knownStatus(): ConnectionStatus | null {
    return memory.newest(snapshot)?.status ?? null;
  }

  /** Takes a status that is newer than any check under way, whose answer is no longer waited for. */
  async function learn(
    session: StoredSession,
    answer: Pick<LearntStatus, "locationId" | "status">,
  ): Promise<void> {
    checks.overtake("answered");
    await memory.keep(session, { ...answer, checkedAt: deps.now(), snapshot, isPolled: false });
  }

  /** True when what is in view has to be asked for anew. */
  async function readNews(): Promise<boolean> {
    const now = await readSnapshot(deps, page);
    const before: Snapshot = snapshot;
    snapshot = now;
    const isNewSession = snapshot.session !== null && snapshot.session.id !== before.session?.id;
    const hasConnected = snapshot.attempt?.phase === "connected" && before.attempt?.phase === "connecting";
    if (isNewSession) checks.overtake(null);
    publish();
    return isNewSession || hasConnected;
  }

  async function storageChanged(): Promise<void> {
    if (await readNews()) await checks.check();
  }

  /** Nobody waits for the server here. */
  async function followNews(): Promise<void> {
    if (await readNews()) void checks.check();
  }

  async function forgetOutcome(): Promise<void> {
    // Behind a hidden page the outcome is all that names the location.
    if (snapshot.attempt?.phase === "connected" && page.kind !== "hidden") {
      await attempts.act("dismiss", null);
    }
  }

  async function poll(): Promise<void> {
    if (!deps.isVisible() || orders.isHolding()) return;
    await attempts.check();
    if (snapshot.attempt?.phase !== "connecting") await checks.poll();
  }

  async function act(action: PopupAction, view: ViewKind): Promise<void> {
    const { locationId } = snapshot;
    switch (action) {
      case "connect":
        orders.ask(false);
        return await attempts.act(action, locationId);
      case "refresh":
        return await orders.refresh();
      case "disconnect":
        return orders.ask(true);
      case "disconnect_now":
        return await orders.disconnect();
      case "keep":
        return orders.ask(false);
      case "retry":
        if (view !== "connecting" && view !== "sign_in_failed") return await checks.checkNow();
        return await attempts.act(action, locationId);
      case "cancel":
      case "dismiss":
      case "show_window":
        return await attempts.act(action, locationId);
      case "check":
        return await checks.checkNow();
      case "connections":
        return await deps.openConnections();
      case "options":
        return await deps.openOptions();
    }
  }

  return {
    state: () => current,
    subscribe: (listener) => {
      notify = listener;
      return () => {
        notify = () => {};
      };
    },
    check: checks.check,
    poll,
    storageChanged,
    act,
  };
}
