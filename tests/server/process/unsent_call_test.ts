import assert from "node:assert/strict";
import { createSingleUseClient, fetchThrough } from "../../../server/highlevel/single_use_connections.ts";
import { callTokenEndpoint, type TokenEndpointAnswer } from "../../../server/highlevel/token_endpoint.ts";
import { freePort } from "../../support/server_process.ts";

Deno.test.sanitizer({ ops: true, resources: true });

async function callAt(port: number): Promise<TokenEndpointAnswer> {
  using client = createSingleUseClient();
  return await callTokenEndpoint({
    app: {
      clientId: "68f0c1a2b3d4e5f60718293a-mh7k2q9x",
      clientSecret: "5f0e7a52-3c7b-4b1e-9d64-2a8f61c0b7d3",
      versionId: "68f0c1a2b3d4e5f60718293a",
      scopes: [],
      authorizeUrl: `http://127.0.0.1:${port}/`,
      apiUrl: `http://127.0.0.1:${port}`,
      redirectUrl: "http://localhost:8787/oauth/callback",
    },
    form: { grant_type: "refresh_token", user_type: "Location" },
    fetch: fetchThrough(client),
    deadlineMilliseconds: 5000,
  });
}

Deno.test("callTokenEndpoint() knows of a refused connection that HighLevel saw nothing", async () => {
  const answer = await callAt(freePort());
  assert.ok(answer.status === null);
  assert.equal(answer.sent, false);
});

Deno.test("callTokenEndpoint() takes a connection that breaks before the answer for a call that was sent", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const breaking = (async () => {
    using connection = await listener.accept();
    await connection.read(new Uint8Array(4096));
  })();
  const answer = await callAt(listener.addr.port);
  await breaking;
  assert.ok(answer.status === null);
  assert.equal(answer.sent, true);
});
