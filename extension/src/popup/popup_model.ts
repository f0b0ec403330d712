/** What the popup knows and does, without a screen: reads, asks, and tells its one listener about each change. */
import type { Message, Reply } from "../messages.ts";
import type { Fetch } from "../server_answer.ts";
import { serverHost } from "../server_address.ts";
import { forgetSession, readSession } from "../session_store.ts";
import { type KnownStatus, saveKnownStatus } from "../status_store.ts";
import { fetchStatus } from "./fetch_status.ts";
import type { PopupAction, ViewKind } from "./popup_view.ts";
import type { PopupInput, RefreshResult } from "./popup_view_for.ts";
import { readSnapshot, type Snapshot, type SnapshotSources } from "./snapshot.ts";
import type { Page } from "./viewed_location.ts";

export type PopupDeps = SnapshotSources & {
  readPage: () => Promise<Page>;
  ask: (message: Message) => Promise<Reply | null>;
  fetch: Fetch;
  now: () => number;
  focusWindow: (windowId: number) => Promise<void>;
  openOptions: () => Promise<void>;
};

/** `refreshing`: a question to the server is under way. `pending`: the background was asked and has not replied. */
export type PopupState = Omit<PopupInput, "now"> & { refreshing: boolean; pending: boolean };

export type PopupModel = {
  state(): PopupState;
  subscribe(listener: () => void): () => void;
  refresh(): Promise<void>;
  storageChanged(): Promise<void>;
  /** Lets the background judge a running attempt: nobody else notices when it was stopped with the popup open. */
  checkAttempt(): Promise<void>;
  /** `view`: what was in sight when the button was pressed, since trying again means something else in each. */
  act(action: PopupAction, view: ViewKind): Promise<void>;
};

/** Reads what is stored, so that the first paint is the last known truth and nothing flashes. */
export async function createPopupModel(deps: PopupDeps): Promise<PopupModel> {
  const page = await deps.readPage();
  let snapshot = await readSnapshot(deps, page);
  // Only the background knows whether a stored attempt is still being worked on.
  if (snapshot.attempt?.phase === "connecting") {
    const reply = await deps.ask({ type: "attempt" });
    if (reply !== null) snapshot = { ...snapshot, attempt: reply.attempt };
  }
  let result: RefreshResult | null = null;
  // What was learnt since the popup opened, should it not have been possible to store it.
  let answered: { sessionId: string; known: KnownStatus } | null = null;
  let [refreshing, pending] = [false, false];
  let rounds = 0;
  let current = toState();
  let notify = (): void => {};

  function toState(): PopupState {
    const { attempt } = snapshot;
    const known = newestKnown();
    const host = serverHost(snapshot.server);
    const hasSession = snapshot.session !== null;
    return { page, attempt, hasSession, serverHost: host, known, refresh: result, refreshing, pending };
  }

  function newestKnown(): KnownStatus | null {
    const { session, locationId, known } = snapshot;
    if (answered === null || answered.sessionId !== session?.id) return known;
    if (answered.known.locationId !== locationId) return known;
    return known !== null && known.checkedAt >= answered.known.checkedAt ? known : answered.known;
  }

  function publish(): void {
    current = toState();
    notify();
  }

  async function refresh(): Promise<void> {
    const { session, locationId } = snapshot;
    if (session === null || locationId === null) return;
    const round = ++rounds;
    refreshing = true;
    publish();
    try {
      const answer = await fetchStatus(deps.fetch, { session, locationId });
      if (round !== rounds) return;
      result = answer.kind;
      // The answer belongs to the session that asked, which may have been left in the meantime.
      const isSameSession = (await readSession(deps.local, session.server))?.id === session.id;
      if (answer.kind === "answered" && isSameSession) {
        const known = { locationId, status: answer.status, checkedAt: deps.now() };
        answered = { sessionId: session.id, known };
        // Only a cache: a full storage does not keep the answer from being shown.
        await saveKnownStatus(deps.local, answered).catch(() => {});
      }
      if (answer.kind === "session_ended") await forgetSession(deps.local, session.id);
      snapshot = await readSnapshot(deps, page);
    } finally {
      if (round === rounds) {
        refreshing = false;
        publish();
      }
    }
  }

  async function storageChanged(): Promise<void> {
    const before: Snapshot = snapshot;
    snapshot = await readSnapshot(deps, page);
    const isNewSession = snapshot.session !== null && snapshot.session.id !== before.session?.id;
    const hasConnected = snapshot.attempt?.phase === "connected" && before.attempt?.phase === "connecting";
    if (isNewSession) result = null;
    publish();
    if (isNewSession || hasConnected) await refresh();
  }

  async function ask(message: Message): Promise<void> {
    pending = true;
    publish();
    try {
      await deps.ask(message);
      snapshot = await readSnapshot(deps, page);
    } finally {
      pending = false;
      publish();
    }
  }

  async function checkAttempt(): Promise<void> {
    if (snapshot.attempt?.phase !== "connecting" || pending) return;
    const reply = await deps.ask({ type: "attempt" });
    if (reply === null || reply.attempt?.phase === "connecting") return;
    snapshot = await readSnapshot(deps, page);
    publish();
  }

  async function act(action: PopupAction, view: ViewKind): Promise<void> {
    const { attempt, locationId } = snapshot;
    switch (action) {
      case "connect":
        return await ask({ type: "connect", locationId });
      case "retry":
        if (view !== "connecting" && view !== "sign_in_failed") return await refresh();
        if (view === "connecting") await ask({ type: "cancel" });
        return await ask({ type: "connect", locationId: attempt?.locationId ?? locationId });
      case "cancel":
        return await ask({ type: "cancel" });
      case "dismiss":
        return await ask({ type: "dismiss" });
      case "show_window":
        if (attempt?.phase === "connecting" && attempt.windowId !== null) {
          await deps.focusWindow(attempt.windowId);
        }
        return;
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
    refresh,
    storageChanged,
    checkAttempt,
    act,
  };
}
