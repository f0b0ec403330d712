import { changeServer } from "../../extension/src/options/change_server.ts";
import { checkServer } from "../../extension/src/options/check_server.ts";
import { forgetEverything } from "../../extension/src/options/forget_everything.ts";
import { signOut } from "../../extension/src/options/sign_out.ts";
import { signOutEverywhere } from "../../extension/src/options/sign_out_everywhere.ts";
import assert from "node:assert/strict";
import { fakeStorage, SERVER, SESSION_TOKEN } from "./fake_browser.ts";
import { fakePermissions } from "./fake_permissions.ts";

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

Deno.test("signOutEverywhere() forgets the session only when the server has ended it", async () => {
  const answering = (status: number) => () => Promise.resolve(new Response(null, { status }));
  const cases: [string, () => Promise<Response>, boolean][] = [
    ["everywhere", answering(204), false],
    ["only_this", answering(200), false],
    ["ended_before", answering(401), false],
    ["no_answer", answering(503), true],
    ["no_answer", answering(404), true],
    ["no_answer", unreachable, true],
  ];
  for (const [expected, fetch, isKept] of cases) {
    const local = fakeStorage({ session });
    assert.equal(await signOutEverywhere({ fetch, local }, SERVER), expected);
    assert.deepEqual(local.all(), isKept ? { session } : {});
  }
  const deps = { fetch: () => assert.fail(), local: fakeStorage() };
  assert.equal(await signOutEverywhere(deps, SERVER), "not_signed_in");
});

Deno.test("signOutEverywhere() asks with the session whose person it is", async () => {
  const requests: [string, string | undefined, string | null][] = [];
  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    requests.push([url, init.method, new Headers(init.headers).get("authorization")]);
    return Promise.resolve(new Response(null, { status: 204 }));
  };
  await signOutEverywhere({ fetch, local: fakeStorage({ session }) }, SERVER);
  assert.deepEqual(requests, [[`${SERVER}/api/sessions`, "DELETE", `Bearer ${SESSION_TOKEN}`]]);
});

Deno.test("forgetEverything() leaves nothing, also without the server, and gives back what was allowed", async () => {
  const builtIn = ["https://app.gohighlevel.com/*"];
  const allowed = ["https://app.northlight.example/*", "https://*/*", "notifications"];
  const permissions = fakePermissions([...builtIn, ...allowed], { kept: ["https://*/*"] });
  const [local, browserSession] = [
    fakeStorage({ session, server: SERVER, told: [] }),
    fakeStorage({ attempt: {} }),
  ];
  const clearable = (area: ReturnType<typeof fakeStorage>) => {
    return { ...area, clear: () => area.remove(Object.keys(area.all())) };
  };
  const asked: unknown[] = [];
  const ask = (message: unknown) => {
    asked.push(message);
    return Promise.resolve(null);
  };
  const deps = {
    fetch: unreachable,
    local: clearable(local),
    session: clearable(browserSession),
    permissions,
    ask,
  };
  assert.equal(await forgetEverything(deps, { server: SERVER, builtIn }), "here_only");
  assert.deepEqual([local.all(), browserSession.all()], [{}, {}]);
  assert.deepEqual(permissions.granted(), [...builtIn, "https://*/*"]);
  assert.deepEqual(asked, [{ type: "cancel" }]);
});
