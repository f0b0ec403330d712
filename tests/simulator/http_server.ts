/**
 * Serves a fetch handler over `node:http`. `Deno.serve` does not tell a handler that its client has left once it has
 * read a body of some size, and prints an error for each connection that is broken on purpose.
 */
import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** For calls that are under way when the server closes. */
const GRACE_MILLISECONDS = 1000;

export interface HttpServer {
  port: number;
  /** Lets the calls under way finish, and frees the port. */
  close(): Promise<void>;
}

/**
 * Resolves once the server listens; rejects for a port in use. An answer whose body cannot be read breaks the connection
 * after its head. The request's signal aborts when the client leaves before the answer.
 */
export async function serveHttp(
  handler: (request: Request) => Response | Promise<Response>,
  { port, host }: { port: number; host: string },
): Promise<HttpServer> {
  const server = createServer((incoming, outgoing) => {
    answer(handler, { incoming, outgoing }).catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error(`Cannot listen on port "${port}"`);
  return {
    port: address.port,
    async close() {
      await new Promise<void>((resolve) => {
        // A connection that never carried a request, as browsers open them ahead, counts as busy.
        const grace = setTimeout(() => server.closeAllConnections(), GRACE_MILLISECONDS);
        server.close(() => {
          clearTimeout(grace);
          resolve();
        });
        server.closeIdleConnections();
      });
    },
  };
}

async function answer(
  handler: (request: Request) => Response | Promise<Response>,
  { incoming, outgoing }: { incoming: IncomingMessage; outgoing: ServerResponse },
): Promise<void> {
  const clientGone = new AbortController();
  outgoing.on("close", () => {
    if (!outgoing.writableFinished) clientGone.abort();
  });
  const { method = "GET", url = "/", rawHeaders } = incoming;
  const body = await readBody(incoming);
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index] ?? "", rawHeaders[index + 1] ?? "");
  }
  const request = new Request(new URL(url, `http://${incoming.headers.host ?? "localhost"}`), {
    method,
    headers,
    signal: clientGone.signal,
    ...(method === "GET" || method === "HEAD" ? {} : { body }),
  });
  const response = await handler(request);
  const headersOut = Object.fromEntries(response.headers);
  try {
    const content = new Uint8Array(await response.arrayBuffer());
    outgoing.writeHead(response.status, headersOut).end(content);
  } catch {
    // Break after the head: HTTP clients repeat a call by themselves when a kept-alive connection ends before it.
    outgoing.writeHead(response.status, { ...headersOut, "Content-Length": "4096" });
    outgoing.write("{", () => incoming.socket.destroy());
  }
}

async function readBody(incoming: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
