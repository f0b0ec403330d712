/** A server that answers the extension as a test says, for states and failures that a healthy server does not show. */
import { type ConnectionStatus, notConnectedStatus } from "#shared/connection_status.ts";
import { CHROME_EXTENSION_ID } from "#shared/extension_identity.ts";
import {
  CONNECT_PATH,
  CONNECTION_PATTERN,
  CONNECTION_REFRESH_PATTERN,
  CURRENT_SESSION_PATH,
  HEALTH_PATH,
  SESSIONS_PATH,
} from "#shared/endpoints.ts";

const CONNECTION_ROUTE = new URLPattern({ pathname: CONNECTION_PATTERN });
const REFRESH_ROUTE = new URLPattern({ pathname: CONNECTION_REFRESH_PATTERN });

export const FAKE_LOCATION_ID = "ve9EPM428h8vShlRW1KT";
/** 43 characters, as session tokens and codes have. */
export const FAKE_TOKEN = "T".repeat(43);

/** What the fake does next; a test changes the fields. */
export interface FakeRelatch extends AsyncDisposable {
  readonly url: string;
  /** Address of a page that looks like a location's. */
  readonly locationPage: string;
  /** What `/connect` does: back at once with a code, back with this error, or a page with a link `#go`. */
  connect: "code" | "page" | { error: string };
  /** `/connect` answers when this has settled. */
  connectDelay: Promise<void>;
  /** Sends another `state` back than the extension sent. */
  swapState: boolean;
  /** Answer to a question about a location. */
  status: () => Response | Promise<Response>;
  /** Answer to the order to renew a connection now. */
  refresh: () => Response | Promise<Response>;
  /** Answer to the order to disconnect a connection. */
  disconnect: () => Response | Promise<Response>;
  /** Answer to a grant code. */
  session: () => Response | Promise<Response>;
  /** Answer to the question whether a server is there. */
  health: () => Response | Promise<Response>;
  /** Connection that a finished attempt ends with. */
  connection: ConnectionStatus;
  /** Method, path and credential of every API call so far. */
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
      const { pathname } = new URL(request.url);
      // Not the browser's own questions (CORS), which it asks once in a while.
      if (pathname.startsWith("/api/") && request.method !== "OPTIONS") {
        calls.push({
          method: request.method,
          path: pathname,
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
    if (url.pathname === CURRENT_SESSION_PATH) return new Response(null, { status: 204 });
    if (url.pathname.endsWith("/status")) return await fake.status();
    if (REFRESH_ROUTE.test(url) && request.method === "POST") return await fake.refresh();
    if (CONNECTION_ROUTE.test(url) && request.method === "DELETE") return await fake.disconnect();
    if (url.pathname === SESSIONS_PATH) return await fake.session();
    return page("A page of this location");
  }

  function connectAnswer(url: URL): Response {
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

function page(content: string): Response {
  const html = `<!doctype html><html lang="en"><title>HighLevel</title><h1>${content}</h1></html>`;
  return new Response(html, { headers: { "content-type": "text/html" } });
}

function withCors(request: Request, response: Response): Response {
  const origin = `chrome-extension://${CHROME_EXTENSION_ID}`;
  if (request.headers.get("origin") !== origin) return response;
  const headers = new Headers(response.headers);
  headers.set("access-control-allow-origin", origin);
  headers.set("access-control-allow-headers", "authorization, content-type");
  headers.set("access-control-allow-methods", "GET, POST, DELETE");
  headers.set("access-control-expose-headers", "retry-after");
  return new Response(response.body, { status: response.status, headers });
}
