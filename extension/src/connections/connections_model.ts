/** What the page of all connections knows and does, without a screen; it tells its one listener about each change. */
import type { ConnectionStatus } from "#shared/connection_status.ts";
import type { Attempt } from "../attempt.ts";
import { readAttempt } from "../attempt_store.ts";
import { type AttemptOrderDeps, type AttemptOrders, createAttemptOrders } from "../popup/attempt_orders.ts";
import type { Fetch } from "../server_answer.ts";
import { readServer } from "../server_setting.ts";
import { serverHost } from "../server_address.ts";
import { forgetSession } from "../forget_session.ts";
import { readSession, type StoredSession } from "../session_store.ts";
import { readKnownStatuses } from "../status_store.ts";
import type { StorageArea } from "../storage_area.ts";
import { type ConnectionList, createConnectionList, type ListState } from "./connection_list.ts";
import { openConnection, type OpenedConnection, type OpenedState } from "./opened_connection.ts";

export type ConnectionsDeps = Pick<AttemptOrderDeps, "ask" | "focusWindow"> & {
  local: StorageArea;
  session: StorageArea;
  builtInServer: string;
  fetch: Fetch;
  now: () => number;
};

/**
 * `list` is null without a session; `opened` is null while none is looked at. `attempt` is null also when it connected before
 * anybody looked. `isPending`: the background was asked and has not replied.
 */
export type ConnectionsState = {
  serverHost: string;
  hasSessionEnded: boolean;
  list: ListState | null;
  opened: (OpenedState & { status: ConnectionStatus | null }) | null;
  attempt: Attempt | null;
  isPending: boolean;
};

export type ConnectionsModel = {
  state(): ConnectionsState;
  subscribe(listener: () => void): () => void;
  /** Called every few seconds while somebody looks: asks for what is due. */
  tick(): Promise<void>;
  /** Asks for the list now. */
  load(): Promise<void>;
  /** Looks at one connection, or at none. */
  open(connectionId: string | null): Promise<void>;
  loadOlder(): Promise<void>;
  renew(): Promise<void>;
  /** As in `AttemptOrders`. */
  act: AttemptOrders["act"];
  /** The stored attempt may have changed. */
  attemptChanged(): Promise<void>;
  /** The stored server or session may have changed. */
  storageChanged(): Promise<void>;
};

export async function createConnectionsModel(deps: ConnectionsDeps): Promise<ConnectionsModel> {
  let [server, hasSessionEnded] = ["", false];
  let session: StoredSession | null = null;
  let signedOut = new AbortController();
  let list: ConnectionList | null = null;
  let opened: OpenedConnection | null = null;
  let openedId: string | null = null;
  let attempt: Attempt | null = null;
  let notify = (): void => {};
  const attempts = createAttemptOrders({
    ...deps,
    attempt: () => attempt,
    read: readStoredAttempt,
    publish,
  });
  await Promise.all([readStored(), readStoredAttempt()]);
  let current = toState();
  // Only the background knows whether a stored attempt is still being worked on.
  await attempts.check();

  /** Begins anew when somebody signed in or out. True when they did. */
  async function readStored(): Promise<boolean> {
    const storedServer = await readServer(deps.local, deps.builtInServer);
    const stored = await readSession(deps.local, storedServer);
    const isSame = stored?.id === session?.id && storedServer === server;
    [server, session] = [storedServer, stored];
    if (isSame) return false;
    signedOut.abort();
    signedOut = new AbortController();
    [list, opened] = [null, null];
    if (stored === null) return true;
    hasSessionEnded = false;
    const known = await readKnownStatuses(deps.local, stored.id);
    const { signal } = signedOut;
    list = createConnectionList({
      ...deps,
      session: stored,
      known: known.map(({ status }) => status),
      signal,
      publish,
    });
    return true;
  }

  async function readStoredAttempt(): Promise<void> {
    const stored = await readAttempt(deps.session);
    const before: Attempt["phase"] | undefined = attempt?.phase;
    // What had connected before anybody looked is no news.
    attempt = stored?.phase === "connected" && before === undefined ? null : stored;
    // A session that goes on is not stored anew.
    if (before === "connecting" && attempt?.phase === "connected") void load();
  }

  function toState(): ConnectionsState {
    const state = opened?.state() ?? null;
    return {
      serverHost: serverHost(server),
      hasSessionEnded,
      list: list?.state() ?? null,
      opened: state === null ? null : { ...state, status: list?.find(state.connectionId) ?? null },
      attempt,
      isPending: attempts.isPending(),
    };
  }

  function publish(): void {
    current = toState();
    notify();
  }

  async function load(): Promise<void> {
    const asked = list;
    if (asked === null) return;
    await asked.load();
    if (asked !== list) return;
    if (asked.state().hasSessionEnded) await endSession();
    // Who came to look at one connection has waited long enough.
    else if (opened?.state().historyState === "loading") await opened.check();
  }

  async function endSession(): Promise<void> {
    hasSessionEnded = true;
    if (session !== null) await forgetSession(deps.local, session);
    await storageChanged();
  }

  async function tick(): Promise<void> {
    await Promise.all([list?.isDue() ? load() : null, opened?.check(), attempts.check()]);
  }

  async function attemptChanged(): Promise<void> {
    await readStoredAttempt();
    publish();
  }

  async function open(connectionId: string | null): Promise<void> {
    openedId = connectionId;
    opened = list === null || session === null || connectionId === null ? null : openConnection({
      ...deps,
      session,
      signal: signedOut.signal,
      list,
      reload: load,
      publish,
      onSessionEnded: endSession,
    }, connectionId);
    publish();
    await opened?.check();
  }

  async function storageChanged(): Promise<void> {
    const hasChanged = await readStored();
    if (hasChanged) await Promise.all([open(openedId), load()]);
    // The same session may have been granted another connection.
    else await load();
  }

  return {
    state: () => current,
    subscribe(listener) {
      notify = listener;
      return () => {
        notify = () => {};
      };
    },
    tick,
    load,
    open,
    loadOlder: async () => await opened?.loadOlder(),
    renew: async () => await opened?.renew(),
    act: attempts.act,
    attemptChanged,
    storageChanged,
  };
}
