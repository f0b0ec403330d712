import { changeServer } from "../../extension/src/options/change_server.ts";
import { checkServer } from "../../extension/src/options/check_server.ts";
import { signOut } from "../../extension/src/options/sign_out.ts";
import assert from "node:assert/strict";
import { fakeStorage, SERVER, SESSION_TOKEN } from "./fake_browser.ts";

const session = { id: "s", server: SERVER, token: SESSION_TOKEN, expiresAt: "2027-01-01T00:00:00.000Z" };
const unreachable = () => Promise.reject(new TypeError("Failed to fetch"));

Deno.test("checkServer() tells a Relatch server from something else and from nothing", async () => {
  const cases: [string, () => Promise<Response>][] = [
    ["answers", () => Promise.resolve(Response.json({ status: "ok" }))],
    ["unexpected_answer", () => Promise.resolve(new Response("<html>"))],
    ["unexpected_answer", () => Promise.resolve(Response.json({}, { status: 404 }))],
    ["unreachable", unreachable],
  ];
  for (const [expected, fetch] of cases) assert.equal(await checkServer(fetch, SERVER), expected);
});

Deno.test("signOut() ends the session there and forgets it here", async () => {
  const local = fakeStorage({ session });
  const requests: [string, RequestInit][] = [];
  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    requests.push([url, init]);
    return Promise.resolve(new Response(null, { status: 204 }));
  };
  assert.equal(await signOut({ fetch, local }, SERVER), "done");
  assert.equal(requests[0]?.[0], `${SERVER}/api/sessions/current`);
  assert.equal(requests[0]?.[1].method, "DELETE");
  assert.deepEqual(local.all(), {});
  assert.equal(await signOut({ fetch, local }, SERVER), "not_signed_in");
});

Deno.test("signOut() forgets the session even when the server cannot be reached, and says so", async () => {
  const local = fakeStorage({ session });
  assert.equal(await signOut({ fetch: unreachable, local }, SERVER), "here_only");
  assert.deepEqual(local.all(), {});
});

Deno.test("changeServer() takes neither session nor attempt to the new server", async () => {
  const local = fakeStorage({ session });
  const asked: unknown[] = [];
  const ask = (message: unknown) => {
    asked.push(message);
    return Promise.resolve(null);
  };
  const deps = { fetch: unreachable, local, builtInServer: SERVER, ask };
  await changeServer(deps, { from: SERVER, to: "https://other.example.com" });
  assert.deepEqual(local.all(), { server: "https://other.example.com" });
  assert.deepEqual(asked, [{ type: "cancel" }]);
});

Deno.test("changeServer() leaves everything alone when the address stays", async () => {
  const local = fakeStorage({ session });
  const deps = { fetch: unreachable, local, builtInServer: SERVER, ask: () => assert.fail() };
  await changeServer(deps, { from: SERVER, to: SERVER });
  assert.deepEqual(local.all(), { session });
});
