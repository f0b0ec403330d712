/** A server that answers the extension as a test says, for states and failures that a healthy server does not show. */
import type { AgencyDomains } from "#shared/agency_domains.ts";
import { type ConnectionEvents, EVENTS_A_PAGE, type HistoryEvent } from "#shared/connection_events.ts";
import { type ConnectionStatus, notConnectedStatus } from "#shared/connection_status.ts";
import { CONNECTIONS_A_PAGE, type ConnectionsPage } from "#shared/connections_page.ts";
import { CHROME_EXTENSION_ID } from "#shared/extension_identity.ts";
import {
  AGENCY_DOMAINS_PATH,
  CONNECT_PATH,
  CONNECTION_EVENTS_PATTERN,
  CONNECTION_PATTERN,
  CONNECTION_REFRESH_PATTERN,
  CONNECTIONS_PATH,
  CURRENT_SESSION_PATH,
  HEALTH_PATH,
  LOCATION_STATUS_PATTERN,
  SESSIONS_PATH,
} from "#shared/endpoints.ts";

const STATUS_ROUTE = new URLPattern({ pathname: LOCATION_STATUS_PATTERN });
const CONNECTION_ROUTE = new URLPattern({ pathname: CONNECTION_PATTERN });
const EVENTS_ROUTE = new URLPattern({ pathname: CONNECTION_EVENTS_PATTERN });
const REFRESH_ROUTE = new URLPattern({ pathname: CONNECTION_REFRESH_PATTERN });

export const FAKE_LOCATION_ID = "ve9EPM428h8vShlRW1KT";
/** 43 characters, as session tokens and codes have. */
export const FAKE_TOKEN = "T".repeat(43);

/** What the fake does next; a test changes the fields. */
export interface FakeRelatch extends AsyncDisposable {
  readonly url: string;
  /** Address of a page that looks like a location's. */
  readonly locationPage: string;
  /** What `/connect` does: back at once with a code, back with this error, a page with a link `#go`, or an answer of 503. */
  connect: "code" | "page" | "unavailable" | { error: string };
  /** `/connect` answers when this has settled. */
  connectDelay: Promise<void>;
  /** Sends another `state` back than the extension sent. */
  swapState: boolean;
  /** Answer to a question about a location: {@linkcode FakeRelatch.connection}, whichever is asked for. */
  status: (locationId: string) => Response | Promise<Response>;
  /** Answer to the order to renew a connection now. */
  refresh: () => Response | Promise<Response>;
  /** Answer to the order to disconnect a connection. */
  disconnect: () => Response | Promise<Response>;
  /** Answer to a grant code. */
  session: () => Response | Promise<Response>;
  /** Answer to who asks for all connections: pages of {@linkcode FakeRelatch.connections}. */
  connectionsPage: (query: URLSearchParams) => Response | Promise<Response>;
  /** Answer to who asks for the history of a connection: pages of {@linkcode FakeRelatch.events}, for every connection. */
  connectionEvents: (connectionId: string, query: URLSearchParams) => Response | Promise<Response>;
  /** Answer to who asks where agencies show HighLevel: {@linkcode FakeRelatch.agencyDomains}. */
  domains: () => Response | Promise<Response>;
  /** Answer to who ends this session. */
  signOut: () => Response | Promise<Response>;
  /** Answer to who ends all sessions of the person. */
  signOutEverywhere: () => Response | Promise<Response>;
  /** Answer to the question whether a server is there. */
  health: () => Response | Promise<Response>;
  /** Connection that a finished attempt ends with. */
  connection: ConnectionStatus;
  /** Every connection that the session may see, in the order of the list. */
  connections: ConnectionStatus[];
  /** The newest first. */
  events: HistoryEvent[];
  agencyDomains: AgencyDomains["domains"];
  /** Method, path with its query, and credential of every API call so far. */
  readonly calls: readonly { method: string; path: string; authorization: string | null }[];
}

/** A location connected three hours ago; `changes` replace fields. */
export function fakeStatus(changes: Partial<ConnectionStatus> = {}): ConnectionStatus {
  return {
    state: "connected",
    kind: "location",
    connectionId: "01900000-0000-7000-8000-000000000001",
    locationId: FAKE_LOCATION_ID,
    locationName: "Harbor Dental Studio",
    companyId: "Kx4vQ9tZpW2mB7nLdR1s",
    scopes: ["contacts.readonly"],
    missingScopes: [],
    accessTokenExpiresAt: hoursFromNow(21),
    lastRefreshedAt: hoursFromNow(-3),
    nextRefreshAt: hoursFromNow(18),
    problem: null,
    ...changes,
  };
}

/** The connection was renewed three hours ago; `changes` replace fields. */
export function fakeEvent(changes: Partial<HistoryEvent> = {}): HistoryEvent {
  return { at: hoursFromNow(-3), event: "renewed", cause: "schedule", ...changes };
}

/** ISO 8601 UTC. */
export function hoursFromNow(hours: number): string {
  return new Date(Date.now() + hours * 3_600_000).toISOString();
}

export async function startFakeRelatch(port: number): Promise<FakeRelatch> {
  const calls: { method: string; path: string; authorization: string | null }[] = [];
  const listening = Promise.withResolvers<void>();
  const close = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port, signal: close.signal, onListen: () => listening.resolve() },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      // Not the browser's own questions (CORS), which it asks once in a while.
      if (pathname.startsWith("/api/") && request.method !== "OPTIONS") {
        calls.push({
          method: request.method,
          path: `${pathname}${search}`,
          authorization: request.headers.get("authorization"),
        });
      }
      return withCors(request, await answer(request));
    },
  );
  await listening.promise;

  const fake: FakeRelatch = {
    url: `http://localhost:${port}`,
    locationPage: `http://localhost:${port}/v2/location/${FAKE_LOCATION_ID}/dashboard`,
    connect: "code",
    connectDelay: Promise.resolve(),
    swapState: false,
    connection: fakeStatus(),
    connections: [fakeStatus()],
    events: [fakeEvent()],
    agencyDomains: [],
    status: () => Response.json(fake.connection),
    refresh: () => Response.json(fake.connection),
    disconnect: () => {
      fake.connection = notConnectedStatus(FAKE_LOCATION_ID);
      return new Response(null, { status: 204 });
    },
    session: () => {
      const body = { token: FAKE_TOKEN, expiresAt: hoursFromNow(1000), connection: fake.connection };
      return Response.json(body, { status: 201 });
    },
    connectionsPage: (query) => Response.json(connectionsPageOf(fake.connections, query)),
    connectionEvents: (_connectionId, query) => Response.json(eventsPageOf(fake.events, query)),
    domains: () => Response.json({ domains: fake.agencyDomains }),
    signOut: () => new Response(null, { status: 204 }),
    signOutEverywhere: () => new Response(null, { status: 204 }),
    health: () => Response.json({ status: "ok" }),
    calls,
    // Not `shutdown()`, which would wait for an answer that a test never gives.
    async [Symbol.asyncDispose]() {
      close.abort();
      await server.finished;
    },
  };

  async function answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (request.method === "OPTIONS") return new Response(null, { status: 204 });
    if (url.pathname === CONNECT_PATH) {
      await fake.connectDelay;
      return connectAnswer(url);
    }
    if (url.pathname === HEALTH_PATH) return await fake.health();
    if (url.pathname === CURRENT_SESSION_PATH) return await fake.signOut();
    if (url.pathname === CONNECTIONS_PATH) return await fake.connectionsPage(url.searchParams);
    if (url.pathname === AGENCY_DOMAINS_PATH) return await fake.domains();
    const { locationId } = STATUS_ROUTE.exec(url)?.pathname.groups ?? {};
    if (locationId !== undefined) return await fake.status(locationId);
    const { connectionId } = EVENTS_ROUTE.exec(url)?.pathname.groups ?? {};
    if (connectionId !== undefined) return await fake.connectionEvents(connectionId, url.searchParams);
    if (REFRESH_ROUTE.test(url) && request.method === "POST") return await fake.refresh();
    if (CONNECTION_ROUTE.test(url) && request.method === "DELETE") return await fake.disconnect();
    if (url.pathname === SESSIONS_PATH) {
      return request.method === "DELETE" ? await fake.signOutEverywhere() : await fake.session();
    }
    return page("A page of this location");
  }

  function connectAnswer(url: URL): Response {
    if (fake.connect === "unavailable") return new Response(null, { status: 503 });
    const back = new URL(url.searchParams.get("redirect_uri") ?? "");
    back.searchParams.set("state", fake.swapState ? "x".repeat(43) : url.searchParams.get("state") ?? "");
    if (typeof fake.connect === "object") back.searchParams.set("error", fake.connect.error);
    else back.searchParams.set("code", "C".repeat(43));
    if (fake.connect === "page") {
      return page(`<a id="go" href="${back.href.replaceAll("&", "&amp;")}">Allow</a>`);
    }
    return new Response(null, { status: 302, headers: { location: back.href } });
  }

  return fake;
}

/** A page is cut first and judged afterwards: it may be short, or empty, and not be the last. */
function connectionsPageOf(all: readonly ConnectionStatus[], query: URLSearchParams): ConnectionsPage {
  const limit = Number(query.get("limit") ?? CONNECTIONS_A_PAGE);
  const [cursor, wanted] = [query.get("cursor"), query.get("state")];
  const start = cursor === null ? 0 : all.findIndex(({ connectionId }) => connectionId === cursor) + 1;
  const cut = all.slice(start, start + limit);
  return {
    connections: cut.filter(({ state }) => wanted === null || state === wanted),
    nextCursor: start + limit < all.length ? cut.at(-1)?.connectionId ?? null : null,
  };
}

function eventsPageOf(all: readonly HistoryEvent[], query: URLSearchParams): ConnectionEvents {
  const limit = Number(query.get("limit") ?? EVENTS_A_PAGE);
  const start = Number(query.get("cursor") ?? 0);
  const end = start + limit;
  return { events: all.slice(start, end), nextCursor: end < all.length ? String(end) : null };
}

function page(content: string): Response {
  const html = `<!doctype html><html lang="en"><title>HighLevel</title><h1>${content}</h1></html>`;
  return new Response(html, { headers: { "content-type": "text/html" } });
}

function withCors(request: Request, response: Response): Response {
  const origin = request.headers.get("origin") ?? "";
  const isExtension = origin === `chrome-extension://${CHROME_EXTENSION_ID}` ||
    origin.startsWith("moz-extension://");
  if (!isExtension) return response;
  const headers = new Headers(response.headers);
  headers.set("access-control-allow-origin", origin);
  headers.set("access-control-allow-headers", "authorization, content-type");
  headers.set("access-control-allow-methods", "GET, POST, DELETE");
  headers.set("access-control-expose-headers", "retry-after");
  return new Response(response.body, { status: response.status, headers });
}
