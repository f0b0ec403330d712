import { refreshConnection } from "../../extension/src/popup/refresh_connection.ts";
import assert from "node:assert/strict";
import { connectedStatus, LOCATION_ID, SERVER, SESSION_TOKEN } from "./fake_browser.ts";

const session = { id: "s", server: SERVER, token: SESSION_TOKEN, expiresAt: "2027-01-01T00:00:00.000Z" };

Deno.test("refreshConnection() takes a status that its parser accepts, and only with 200", async () => {
  const status = connectedStatus({ state: "degraded" });
  const cases: [unknown, Response][] = [
    [{ kind: "answered", status }, Response.json(status)],
    [{ kind: "unexpected_answer" }, Response.json({ ...status, state: "superb" })],
    [{ kind: "unexpected_answer" }, Response.json(status, { status: 202 })],
    [{ kind: "unexpected_answer" }, new Response(null, { status: 204 })],
  ];
  for (const [expected, response] of cases) {
    const order = { session, connectionId: "1", locationId: LOCATION_ID };
    assert.deepEqual(await refreshConnection(() => Promise.resolve(response), order), expected);
  }
});
