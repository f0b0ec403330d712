/** What the extension's tests use in place of a browser: storage in memory, and deps of a connector. */
import {
  type Connector,
  type ConnectorDeps,
  createConnector,
} from "../../extension/src/background/connector.ts";
import type { PopupDeps } from "../../extension/src/popup/popup_model.ts";
import type { StorageArea } from "../../extension/src/storage_area.ts";
import { HEALTH_PATH } from "#shared/endpoints.ts";
import { type ConnectionStatus, notConnectedStatus } from "#shared/connection_status.ts";

/** The fake clock. */
export const NOW = 1_700_000_000_000;

export const SERVER = "https://relatch.example.com";
export const REDIRECT_URL = "https://abjgbklcclkfdcbkagobdibiopblnnhh.chromiumapp.org/";
export const LOCATION_ID = "ve9EPM428h8vShlRW1KT";
export const OTHER_LOCATION_ID = "otherLocation0000001";
export const GRANT_CODE = "C".repeat(43);
export const SESSION_TOKEN = "T".repeat(43);

/** An attempt under way, in window 7. */
export const CONNECTING = {
  phase: "connecting",
  state: "S".repeat(43),
  codeVerifier: "V".repeat(43),
  server: SERVER,
  locationId: LOCATION_ID,
  windowId: 7,
  startedAt: NOW,
} as const;

/** Storage that hands out copies, with their keys in another order, as Chrome does. */
export function fakeStorage(
  initial: Record<string, unknown> = {},
): StorageArea & { all(): Record<string, unknown> } {
  let items = structuredClone(initial);
  return {
    get: (keys) =>
      Promise.resolve(
        inOrder(Object.fromEntries(Object.entries(items).filter(([key]) => keys.includes(key)))),
      ),
    set: (more) => {
      items = { ...items, ...structuredClone(more) };
      return Promise.resolve();
    },
    remove: (keys) => {
      items = Object.fromEntries(Object.entries(items).filter(([key]) => !keys.includes(key)));
      return Promise.resolve();
    },
    all: () => items,
  };
}

/** What is around a popup that somebody opened on the page of `LOCATION_ID`; the rest is the test's own. */
export function popupSurroundings(): Omit<PopupDeps, "local" | "ask" | "fetch" | "now"> {
  return {
    session: fakeStorage(),
    builtInServer: SERVER,
    readPage: () => Promise.resolve({ kind: "location", locationId: LOCATION_ID }),
    isVisible: () => true,
    focusWindow: () => Promise.resolve(),
    openConnections: () => Promise.resolve(),
    openOptions: () => Promise.resolve(),
  };
}

function inOrder<Value>(value: Value): Value {
  return JSON.parse(
    JSON.stringify(value),
    (_, part) =>
      part === null || typeof part !== "object" || Array.isArray(part)
        ? part
        : Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => a < b ? -1 : 1)),
  );
}

export function connectedStatus(overrides: Partial<ConnectionStatus> = {}): ConnectionStatus {
  return {
    ...notConnectedStatus(LOCATION_ID),
    state: "connected",
    kind: "location",
    connectionId: "connection-1",
    locationName: "Bright Smile Dental",
    ...overrides,
  };
}

export function sessionAnswer(connection: ConnectionStatus = connectedStatus()): Response {
  const body = { token: SESSION_TOKEN, expiresAt: "2027-01-01T00:00:00.000Z", connection };
  return Response.json(body, { status: 201 });
}

/** Answers as `/connect` does when everything goes well. */
export function grantFor(connectUrl: string, code: string = GRANT_CODE): string {
  const state = new URL(connectUrl).searchParams.get("state") ?? "";
  return `${REDIRECT_URL}?${new URLSearchParams({ code, state })}`;
}

export type FakeConnector = {
  deps: ConnectorDeps;
  local: ReturnType<typeof fakeStorage>;
  session: ReturnType<typeof fakeStorage>;
  /** Calls of the server, without the question whether it is there. */
  requests: { url: string; init: RequestInit }[];
  opened: string[];
  closed: number[];
  /** Whether the connector is called regularly. */
  isWatched: () => boolean;
  /** How often it was told of an end. */
  ends: () => number;
  /** Moves the clock on; a pause does it too. */
  passTime(ms: number): void;
  /** Resolves with the stored outcome when an attempt ends. */
  ended: Promise<unknown>;
};

export type FakeConnectorOptions = {
  local?: Record<string, unknown>;
  session?: Record<string, unknown>;
  openAuthWindow?: ConnectorDeps["openAuthWindow"];
  answer?: (call: number) => Response | Promise<Response>;
  /** Answer to the question whether the server is there. */
  health?: () => Response | Promise<Response>;
};

export function fakeConnector(options: FakeConnectorOptions = {}): FakeConnector {
  const [local, session] = [fakeStorage(options.local), fakeStorage(options.session)];
  const requests: FakeConnector["requests"] = [];
  const opened: string[] = [];
  const closed: number[] = [];
  const end = Promise.withResolvers<unknown>();
  let [time, ends, isWatched] = [NOW, 0, false];
  const openAuthWindow = options.openAuthWindow ?? ((url: string) => Promise.resolve(grantFor(url)));
  const deps: ConnectorDeps = {
    local,
    session,
    builtInServer: SERVER,
    windowPatienceMs: 0,
    redirectUrl: () => REDIRECT_URL,
    openAuthWindow: (url, onWindow) => {
      opened.push(url);
      return openAuthWindow(url, onWindow);
    },
    closeWindow: (windowId) => {
      closed.push(windowId);
      return Promise.resolve();
    },
    fetch: async (url, init) => {
      if (url.endsWith(HEALTH_PATH)) {
        return await (options.health ?? (() => Response.json({ status: "ok" })))();
      }
      requests.push({ url, init });
      return await (options.answer ?? (() => sessionAnswer()))(requests.length);
    },
    now: () => time,
    pause: (ms) => {
      time += ms;
      return Promise.resolve();
    },
    watch: (isOn) => {
      isWatched = isOn;
    },
    onEnd: () => {
      ends += 1;
      end.resolve(session.all().attempt);
    },
  };
  return {
    deps,
    local,
    session,
    requests,
    opened,
    closed,
    isWatched: () => isWatched,
    ends: () => ends,
    passTime: (ms) => {
      time += ms;
    },
    ended: end.promise,
  };
}

/** A running attempt whose window the browser has not shown yet: it does with `showWindow`. The window stays open. */
export async function connectWithHiddenWindow(): Promise<
  { fake: FakeConnector; connector: Connector; showWindow: (windowId: number) => void }
> {
  const opened = Promise.withResolvers<(windowId: number) => void>();
  const fake = fakeConnector({
    openAuthWindow: (_url, onWindow) => {
      opened.resolve(onWindow);
      return new Promise<string>(() => {});
    },
  });
  const connector = createConnector(fake.deps);
  await connector.connect(LOCATION_ID);
  const showWindow = await opened.promise;
  return { fake, connector, showWindow };
}

/** A failed attempt as it is stored, at the fake clock's time or `later`, in milliseconds. */
export function failedAttempt(cause: string, later = 0): Record<string, unknown> {
  return { phase: "failed", locationId: LOCATION_ID, cause, endedAt: NOW + later };
}

/** What is stored of the attempt, whatever that is. */
export function storedAttempt(session: { all(): Record<string, unknown> }): Record<string, unknown> {
  const { attempt } = session.all();
  if (typeof attempt !== "object" || attempt === null) throw new Error("No attempt is stored");
  return { ...attempt };
}
