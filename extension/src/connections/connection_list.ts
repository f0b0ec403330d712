/** Every connection of one session, loaded page by page: what has come stays when a page fails, and loading can go on. */
import type { ConnectionStatus } from "#shared/connection_status.ts";
import { ConnectionsPage } from "#shared/connections_page.ts";
import { CONNECTIONS_PATH } from "#shared/endpoints.ts";
import { askFor, type UnreachableReason } from "../ask_for.ts";
import type { Fetch } from "../server_answer.ts";
import type { StoredSession } from "../session_store.ts";

/** An answer can be too large to be read when an app has very many scopes; then pages are small. */
const [LARGE_PAGE, SMALL_PAGE] = [100, 20];

/** How often the list is asked for again. */
const REFRESH_MS = 60_000;

/** A list that takes long to load is asked for less often: at most this part of the time. */
const PART_OF_TIME = 1 / 10;

export type ListState = {
  /** Only replaced as a whole. */
  connections: readonly ConnectionStatus[];
  isLoading: boolean;
  /** Whether the whole list was loaded once. */
  isComplete: boolean;
  /** Why the last page did not come. */
  trouble: UnreachableReason | null;
  hasSessionEnded: boolean;
};

export type ListDeps = {
  fetch: Fetch;
  now: () => number;
  session: StoredSession;
  /** Connections that are known before the server was asked. */
  known: readonly ConnectionStatus[];
  signal: AbortSignal;
  publish: () => void;
};

export type ConnectionList = {
  state(): ListState;
  find(connectionId: string): ConnectionStatus | null;
  /** Goes on where a page failed, otherwise asks for the list from its beginning. */
  load(): Promise<void>;
  isDue(): boolean;
  /** Takes the newer status of a connection. */
  learn(status: ConnectionStatus): void;
};

/** One passage through all pages. */
type Round = { cursor: string | null; seen: Set<string>; startedAt: number };

export function createConnectionList(deps: ListDeps): ConnectionList {
  const { signal } = deps;
  const byId = new Map<string, ConnectionStatus>();
  for (const status of deps.known) keep(status);
  let state: ListState = {
    connections: [...byId.values()],
    isLoading: false,
    isComplete: false,
    trouble: null,
    hasSessionEnded: false,
  };
  let round: Round | null = null;
  let pageSize = LARGE_PAGE;
  let dueAt = 0;

  function keep(status: ConnectionStatus): void {
    if (status.connectionId !== null) byId.set(status.connectionId, status);
  }

  function show(changed: Partial<ListState>): void {
    state = { ...state, connections: [...byId.values()], ...changed };
    deps.publish();
  }

  async function load(): Promise<void> {
    if (state.isLoading) return;
    show({ isLoading: true, connections: state.connections });
    round ??= { cursor: null, seen: new Set(), startedAt: deps.now() };
    const outcome = await loadPages(round);
    if (outcome === "aborted") return;
    if (outcome === "session_ended") return show({ isLoading: false, hasSessionEnded: true });
    const tookMs = deps.now() - round.startedAt;
    dueAt = deps.now() + (outcome === "complete" ? Math.max(REFRESH_MS, tookMs / PART_OF_TIME) : REFRESH_MS);
    const isComplete = outcome === "complete";
    if (outcome === "unexpected_answer") pageSize = LARGE_PAGE;
    if (isComplete) {
      for (const id of byId.keys()) if (!round.seen.has(id)) byId.delete(id);
      round = null;
    }
    show({
      isLoading: false,
      isComplete: isComplete || state.isComplete,
      trouble: isComplete ? null : outcome,
    });
  }

  async function loadPages(
    round: Round,
  ): Promise<"complete" | "aborted" | "session_ended" | UnreachableReason> {
    while (true) {
      const query = new URLSearchParams({ limit: String(pageSize) });
      if (round.cursor !== null) query.set("cursor", round.cursor);
      const path = `${CONNECTIONS_PATH}?${query}`;
      const answer = await askFor(deps.fetch, {
        session: deps.session,
        path,
        schema: ConnectionsPage,
        signal,
      });
      if (answer.kind === "unexpected_answer" && pageSize === LARGE_PAGE) {
        pageSize = SMALL_PAGE;
        continue;
      }
      if (answer.kind === "not_found") return "unexpected_answer";
      if (answer.kind !== "answered") return answer.kind;
      const { connections, nextCursor } = answer.body;
      // Whoever answers with the same page for ever is no server of ours.
      if (nextCursor !== null && nextCursor === round.cursor) return "unexpected_answer";
      for (const status of connections) {
        keep(status);
        if (status.connectionId !== null) round.seen.add(status.connectionId);
      }
      round.cursor = nextCursor;
      showProgress();
      if (nextCursor === null) return "complete";
    }
  }

  /** In ever larger steps, since each means sorting and drawing it again. */
  function showProgress(): void {
    if (!state.isComplete && byId.size >= 2 * state.connections.length) show({});
  }

  return {
    state: () => state,
    find: (connectionId) => byId.get(connectionId) ?? null,
    load,
    isDue: () => !state.isLoading && deps.now() >= dueAt,
    learn(status) {
      const known = byId.get(status.connectionId ?? "");
      // Asked every few seconds, it rarely says anything new.
      if (JSON.stringify(known) === JSON.stringify(status)) return;
      keep(status);
      show({});
    },
  };
}
