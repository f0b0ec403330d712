import { disconnectConnection } from "../../extension/src/popup/disconnect_connection.ts";
import { notConnectedStatus } from "#shared/connection_status.ts";
import assert from "node:assert/strict";
import { connectedStatus, LOCATION_ID, SERVER, SESSION_TOKEN } from "./fake_browser.ts";

const session = { id: "s", server: SERVER, token: SESSION_TOKEN, expiresAt: "2027-01-01T00:00:00.000Z" };
const gone = notConnectedStatus(LOCATION_ID);
const pending = connectedStatus({
  state: "degraded",
  problem: { code: "removal_pending", since: "2026-01-01T00:00:00Z", retryAt: "2026-01-01T00:01:00Z" },
});

const refusal = (code: string): Response =>
  Response.json({ error: { code, message: "Refused", requestId: "r" } }, { status: 403 });

Deno.test("disconnectConnection() tells removed, removed here alone, not confirmed and not allowed apart", async () => {
  const cases: [unknown, Response][] = [
    [{ kind: "removed", status: gone }, new Response(null, { status: 204 })],
    [{ kind: "removed_here", status: gone }, Response.json(gone)],
    [{ kind: "removal_pending", status: pending }, Response.json(pending, { status: 202 })],
    [{ kind: "agency_install" }, refusal("agency_install")],
    [{ kind: "removal_refused" }, refusal("removal_refused")],
    [{ kind: "unexpected_answer" }, refusal("of_a_newer_server")],
    [{ kind: "unexpected_answer" }, new Response("agency_install", { status: 403 })],
    [{ kind: "unexpected_answer" }, Response.json({ ...gone, state: "superb" })],
    [{ kind: "unexpected_answer" }, Response.json({}, { status: 202 })],
    [{ kind: "unexpected_answer" }, Response.json(gone, { status: 201 })],
  ];
  for (const [expected, response] of cases) {
    const order = { session, connectionId: "1", locationId: LOCATION_ID };
    assert.deepEqual(await disconnectConnection(() => Promise.resolve(response), order), expected);
  }
});
