import assert from "node:assert/strict";
import * as v from "valibot";
import { ConnectionStatus } from "#shared/connection_status.ts";
import { connectionRefreshPath } from "#shared/endpoints.ts";
import { createOpaqueToken } from "../../../server/crypto/opaque_token.ts";
import {
  createRotatedRelatch,
  insertConnection,
  type RotatedRelatch,
} from "../../support/rotated_relatch.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { connect, readStatus } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const postgres = testPostgresForFile();

function refresh(relatch: RotatedRelatch, connectionId: string, token?: string): Promise<Response> {
  const headers = {
    // A request id of one's own makes bodies comparable.
    "x-request-id": "same",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  return Promise.resolve(
    relatch.app.request(connectionRefreshPath(connectionId), { method: "POST", headers }),
  );
}

async function connected(relatch: RotatedRelatch): Promise<{ token: string; connectionId: string }> {
  const { token, connection } = await connect(relatch);
  return { token, connectionId: connection.connectionId ?? "" };
}

Deno.test("POST …/refresh refreshes a connection of the session and tells how it stands afterwards", async () => {
  await using relatch = await createRotatedRelatch(postgres, {
    refresh: async (id) => {
      await relatch
        .database`UPDATE connections SET last_refreshed_at = '2031-02-03T04:05:06Z' WHERE id = ${id}`;
    },
  });
  const { token, connectionId } = await connected(relatch);
  const response = await refresh(relatch, connectionId, token);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("cache-control"), "no-store");
  const status = v.parse(ConnectionStatus, await response.json());
  assert.equal(status.lastRefreshedAt, "2031-02-03T04:05:06.000Z");
  assert.deepEqual(status, await readStatus(relatch.app, token));
  assert.deepEqual(relatch.rotator.refreshed, [connectionId]);
});

Deno.test("POST …/refresh knows a connection by its id in capitals too, and names it to the rotator as ever", async () => {
  await using relatch = await createRotatedRelatch(postgres);
  const { token, connectionId } = await connected(relatch);
  assert.equal((await refresh(relatch, connectionId.toUpperCase(), token)).status, 200);
  assert.deepEqual(relatch.rotator.refreshed, [connectionId]);
});

Deno.test("POST …/refresh answers for a connection that was not granted as for one that does not exist", async () => {
  await using relatch = await createRotatedRelatch(postgres);
  const { token } = await connected(relatch);
  const other = await insertConnection(relatch, { kind: "location", locationId: "LocationOfAnother001" });
  const answers = new Set<string>();
  for (const id of [other, crypto.randomUUID(), "00000000-0000-0000-0000-000000000000"]) {
    const response = await refresh(relatch, id, token);
    answers.add(`${response.status} ${await response.text()}`);
  }
  assert.equal(answers.size, 1);
  assert.match([...answers][0] ?? "", /^404 .*"code":"not_found"/);
  assert.deepEqual(relatch.rotator.refreshed, []);
});

Deno.test("POST …/refresh answers 404 when the tokens were wiped meanwhile", async () => {
  await using relatch = await createRotatedRelatch(postgres, {
    refresh: async (id) => {
      await relatch.database`
          UPDATE connections SET access_token = NULL, refresh_token = NULL WHERE id = ${id}`;
    },
  });
  const { token, connectionId } = await connected(relatch);
  assert.equal((await refresh(relatch, connectionId, token)).status, 404);
});

Deno.test("POST …/refresh refuses an id that cannot be one before the database is asked", async () => {
  await using relatch = await createRotatedRelatch(postgres);
  await relatch.database.end({ timeout: 0 });
  const odd = [
    "1",
    "null",
    "ve9EPM428h8vShlRW1KT",
    "0f0e4f7e-6c8a-4b60-9a9e-d4a9fd3e2f0g",
    "0f0e4f7e6c8a4b609a9ed4a9fd3e2f01",
    "{0f0e4f7e-6c8a-4b60-9a9e-d4a9fd3e2f01}",
    "0f0e4f7e-6c8a-4b60-9a9e-d4a9fd3e2f01'--",
    "0f0e4f7e-6c8a-4b60-9a9e-d4a9fd3e2f01\u0000",
    "x".repeat(5000),
  ];
  for (const id of odd) {
    const response = await refresh(relatch, id, createOpaqueToken());
    assert.equal(response.status, 400, id.slice(0, 60));
    assert.equal((await response.json()).error.code, "invalid_request");
  }
});

Deno.test("POST …/refresh asks for a live session", async () => {
  await using relatch = await createRotatedRelatch(postgres);
  const { token, connectionId } = await connected(relatch);
  for (const credential of [undefined, createOpaqueToken(), `${token}x`]) {
    assert.equal((await refresh(relatch, connectionId, credential)).status, 401);
  }
  await relatch.database`UPDATE sessions SET expires_at = now() - interval '1 second'`;
  assert.equal((await refresh(relatch, connectionId, token)).status, 401);
  assert.deepEqual(relatch.rotator.refreshed, []);
});

Deno.test("POST …/refresh prolongs the session by its use", async () => {
  await using relatch = await createRotatedRelatch(postgres);
  const { token, connectionId } = await connected(relatch);
  await relatch.database`UPDATE sessions SET expires_at = now() + interval '1 day'`;
  await refresh(relatch, connectionId, token);
  const [row] = await relatch.database`
    SELECT extract(epoch FROM expires_at - now()) / 86400 AS days FROM sessions`;
  assert.ok(Number(row?.days) > 179.9);
});

Deno.test("POST …/refresh that meets a database that is away answers 503", async () => {
  await using relatch = await createRotatedRelatch(postgres);
  const { token, connectionId } = await connected(relatch);
  await relatch.database.end({ timeout: 0 });
  assert.equal((await refresh(relatch, connectionId, token)).status, 503);
});
