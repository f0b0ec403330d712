/** The connection that is looked at: its status and its history, asked for again and again while it is in sight. */
import { ConnectionEvents, MOST_EVENTS_A_PAGE } from "#shared/connection_events.ts";
import type { ConnectionStatus } from "#shared/connection_status.ts";
import { connectionEventsPath } from "#shared/endpoints.ts";
import { type Answer, askFor } from "../ask_for.ts";
import { fetchStatus } from "../fetch_status.ts";
import { refreshConnection } from "../popup/refresh_connection.ts";
import type { RefreshProgress } from "../popup/refresh_view.ts";
import type { Fetch } from "../server_answer.ts";
import type { StoredSession } from "../session_store.ts";
import type { ConnectionList } from "./connection_list.ts";
import { withNewest, withOlder } from "./merged_history.ts";

/**
 * - `loading`: not answered yet
 * - `loaded`: as of the last answer
 * - `unsupported`: a server of an earlier version, which tells no history
 * - `away`: the last answer did not come; what came before stays
 */
export type HistoryState = "loading" | "loaded" | "unsupported" | "away";

export type OpenedState = {
  connectionId: string;
  history: ConnectionEvents | null;
  historyState: HistoryState;
  isLoadingOlder: boolean;
  /** How the last order to renew it stands. */
  refresh: RefreshProgress | null;
};

export type OpenedDeps = {
  fetch: Fetch;
  now: () => number;
  session: StoredSession;
  signal: AbortSignal;
  list: ConnectionList;
  reload: () => Promise<void>;
  publish: () => void;
  onSessionEnded: () => Promise<void>;
};

export type OpenedConnection = {
  state(): OpenedState;
  /** Asks for status and history, unless that is under way. */
  check(): Promise<void>;
  loadOlder(): Promise<void>;
  /** Has the connection renewed now. */
  renew(): Promise<void>;
};

export function openConnection(deps: OpenedDeps, connectionId: string): OpenedConnection {
  const { fetch, session, signal, list } = deps;
  let state: OpenedState = {
    connectionId,
    history: null,
    historyState: "loading",
    isLoadingOlder: false,
    refresh: null,
  };
  let isChecking = false;
  /** Which connection the location had when it was asked last. */
  let currentId: string | null = connectionId;

  function show(changed: Partial<OpenedState>): void {
    state = { ...state, ...changed };
    deps.publish();
  }

  async function check(): Promise<void> {
    const status = list.find(connectionId);
    if (status === null || isChecking) return;
    isChecking = true;
    const { locationId } = status;
    // The server tells the status of a location; that of an agency's own connection is in the list alone.
    const [history, current] = await Promise.all([
      askForHistory(null),
      locationId === null ? null : fetchStatus(fetch, { session, locationId }),
    ]);
    isChecking = false;
    if (signal.aborted) return;
    if ([history.kind, current?.kind].includes("session_ended")) return await deps.onSessionEnded();
    const newest = state.history?.events[0]?.at;
    takeHistory(history);
    const hasNews = newest !== undefined && newest !== state.history?.events[0]?.at;
    if (current === null) {
      if (hasNews) await deps.reload();
    } else if (current.kind === "answered") {
      await takeStatus(current.status);
    }
  }

  async function takeStatus(status: ConnectionStatus): Promise<void> {
    const isAnother = status.connectionId !== currentId;
    currentId = status.connectionId;
    if (currentId === connectionId) list.learn(status);
    else if (isAnother) await deps.reload();
  }

  function askForHistory(cursor: string | null): Promise<Answer<ConnectionEvents>> {
    const query = new URLSearchParams({ limit: String(MOST_EVENTS_A_PAGE) });
    if (cursor !== null) query.set("cursor", cursor);
    const path = `${connectionEventsPath(connectionId)}?${query}`;
    return askFor(fetch, { session, path, schema: ConnectionEvents, signal });
  }

  function takeHistory(answer: Answer<ConnectionEvents>): void {
    if (answer.kind === "answered") {
      show({ history: withNewest(state.history, answer.body), historyState: "loaded" });
    } else {
      show({ historyState: answer.kind === "not_found" ? "unsupported" : "away" });
    }
  }

  async function loadOlder(): Promise<void> {
    const cursor = state.history?.nextCursor ?? null;
    if (cursor === null || state.isLoadingOlder) return;
    show({ isLoadingOlder: true });
    const answer = await askForHistory(cursor);
    if (signal.aborted) return;
    if (answer.kind === "session_ended") return await deps.onSessionEnded();
    const { history } = state;
    if (answer.kind === "answered" && history !== null && history.nextCursor === cursor) {
      show({ history: withOlder(history, answer.body), isLoadingOlder: false });
    } else {
      show({ historyState: answer.kind === "answered" ? "loaded" : "away", isLoadingOlder: false });
    }
  }

  async function renew(): Promise<void> {
    const before = list.find(connectionId);
    if (before === null || state.refresh?.kind === "running") return;
    show({ refresh: { kind: "running" } });
    const order = { session, connectionId, locationId: before.locationId ?? "" };
    const answer = await refreshConnection(fetch, order);
    if (signal.aborted) return;
    if (answer.kind === "session_ended") return await deps.onSessionEnded();
    if (answer.kind !== "answered") return show({ refresh: answer });
    const { status } = answer;
    // The connection of an agency is not the whole truth about one of its locations.
    if (status.connectionId === connectionId) list.learn(status);
    const isInVain = status.state === before.state && status.problem?.code === before.problem?.code;
    show({ refresh: isInVain ? { kind: "in_vain", at: deps.now() } : null });
    await check();
  }

  return { state: () => state, check, loadOlder, renew };
}
