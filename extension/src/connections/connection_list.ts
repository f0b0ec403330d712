/** Every connection of one session, loaded page by page: what has come stays when a page fails, and loading can go on. */
import type { ConnectionStatus } from "#shared/connection_status.ts";
import type { UnreachableReason } from "../ask_for.ts";
import { createPageReader } from "../page_reader.ts";
import type { Fetch } from "../server_answer.ts";
import type { StoredSession } from "../session_store.ts";

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
  /**
   * Goes on where a page failed, otherwise asks for the list from its beginning. During a load it has the list asked for
   * once more at the end: what it is called for may be on a page that has come already.
   */
  load(): Promise<void>;
  isDue(): boolean;
  /** Takes the newer status of a connection. */
  learn(status: ConnectionStatus): void;
};

/** One passage through all pages. */
type Round = { cursor: string | null; seen: Set<string>; startedAt: number };

export function createConnectionList(deps: ListDeps): ConnectionList {
  const read = createPageReader(deps.fetch, { session: deps.session, signal: deps.signal });
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
  let isWantedAgain = false;
  let dueAt = 0;

  function keep(status: ConnectionStatus): void {
    if (status.connectionId !== null) byId.set(status.connectionId, status);
  }

  function show(changed: Partial<ListState>): void {
    state = { ...state, connections: [...byId.values()], ...changed };
    deps.publish();
  }

  async function load(): Promise<void> {
    isWantedAgain ||= state.isLoading;
    if (state.isLoading) return;
    show({ isLoading: true, connections: state.connections });
    let goesOn: boolean;
    do {
      round ??= { cursor: null, seen: new Set(), startedAt: deps.now() };
      const outcome = await loadPages(round);
      if (outcome === "aborted") return;
      if (outcome === "session_ended") return show({ isLoading: false, hasSessionEnded: true });
      const tookMs = deps.now() - round.startedAt;
      const isComplete = outcome === "complete";
      dueAt = deps.now() + (isComplete ? Math.max(REFRESH_MS, tookMs / PART_OF_TIME) : REFRESH_MS);
      // Not after a failure: the server is left alone until the next load, which ends with one more.
      goesOn = isComplete && isWantedAgain;
      if (isComplete) {
        for (const id of byId.keys()) if (!round.seen.has(id)) byId.delete(id);
        round = null;
        isWantedAgain = false;
      }
      show({
        isLoading: goesOn,
        isComplete: isComplete || state.isComplete,
        trouble: isComplete ? null : outcome,
      });
    } while (goesOn);
  }

  async function loadPages(
    round: Round,
  ): Promise<"complete" | "aborted" | "session_ended" | UnreachableReason> {
    while (true) {
      const answer = await read(round.cursor);
      if (answer.kind === "not_found") return "unexpected_answer";
      if (answer.kind !== "answered") return answer.kind;
      const { connections, nextCursor } = answer.body;
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
