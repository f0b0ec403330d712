import assert from "node:assert/strict";
import { createSingleUseClient, fetchThrough } from "../../../server/highlevel/single_use_connections.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** Answers the first request of a connection, keeps it alive, and breaks it when a second one arrives on it. */
function listenBreakingKeptConnections() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let requests = 0;
  async function serve(connection: Deno.Conn): Promise<void> {
    using open = connection;
    const buffer = new Uint8Array(4096);
    while (await open.read(buffer).catch(() => null) !== null) {
      requests += 1;
      if (requests > 1) return;
      await open.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"));
    }
  }
  const serving = (async () => {
    const connections: Promise<void>[] = [];
    for await (const connection of listener) connections.push(serve(connection));
    await Promise.all(connections);
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}/`,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

Deno.test("a single-use client sends a POST once, where a kept-alive connection would have it sent again", async () => {
  await using server = listenBreakingKeptConnections();
  using client = createSingleUseClient();
  const post = fetchThrough(client);
  const send = () => post(server.url, { method: "POST", body: new URLSearchParams({ code: "once" }) });
  await (await send()).text();
  await assert.rejects(send());
  assert.equal(server.requests(), 2);
});
