import { readServer, saveServer } from "../../extension/src/server_setting.ts";
import { forgetSession } from "../../extension/src/forget_session.ts";
import { readSession, saveSession } from "../../extension/src/session_store.ts";
import {
  type KnownStatus,
  MAX_STATUSES,
  readKnownStatus,
  readKnownStatuses,
  saveKnownStatus,
} from "../../extension/src/status_store.ts";
import type { ConnectionStatus } from "#shared/connection_status.ts";
import assert from "node:assert/strict";
import { connectedStatus, fakeStorage, SERVER, SESSION_TOKEN } from "./fake_browser.ts";

const BUILT_IN = "https://built-in.example.com";
const response = {
  token: SESSION_TOKEN,
  expiresAt: "2027-01-01T00:00:00.000Z",
  connection: connectedStatus(),
};
/** One that is stored. */
const session = { id: "a", server: SERVER, token: SESSION_TOKEN, expiresAt: response.expiresAt };

Deno.test("readSession() gives a session to the server it belongs to and to no other", async () => {
  const local = fakeStorage();
  const session = await saveSession(local, { server: SERVER, response });
  assert.deepEqual(await readSession(local, SERVER), session);
  assert.equal(await readSession(local, "https://other.example.com"), null);
});

Deno.test("readSession() takes damaged storage for no session", async () => {
  for (const session of [null, "x", {}, { id: "1", server: SERVER, token: "short", expiresAt: "" }]) {
    assert.equal(await readSession(fakeStorage({ session }), SERVER), null);
  }
});

Deno.test("saveSession() keeps the id of a session that goes on", async () => {
  const local = fakeStorage();
  const first = await saveSession(local, { server: SERVER, response });
  assert.equal((await saveSession(local, { server: SERVER, response })).id, first.id);
  const renewed = await saveSession(local, {
    server: SERVER,
    response: { ...response, token: "N".repeat(43) },
  });
  assert.notEqual(renewed.id, first.id);
});

Deno.test("forgetSession() takes the statuses along, and leaves a newer session alone", async () => {
  const local = fakeStorage();
  const session = await saveSession(local, { server: SERVER, response });
  const known = { locationId: "location-1", status: connectedStatus(), checkedAt: 1 };
  await saveKnownStatus(local, { session, known, now: 1 });
  await forgetSession(local, { ...session, id: "another" });
  assert.deepEqual(await readSession(local, SERVER), session);
  await forgetSession(local, session);
  assert.deepEqual(local.all(), {});
});

Deno.test("forgetSession() and saveSession() at the same moment leave the session that was saved", async () => {
  const local = fakeStorage();
  const ended = await saveSession(local, { server: SERVER, response });
  const isRead = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const slow = {
    ...local,
    get: async (keys: string[]) => {
      const values = await local.get(keys);
      isRead.resolve();
      await goOn.promise;
      return values;
    },
  };
  const forgetting = forgetSession(slow, ended);
  await isRead.promise;
  const saving = saveSession(local, { server: SERVER, response: { ...response, token: "N".repeat(43) } });
  await new Promise((resolve) => setTimeout(resolve));
  goOn.resolve();
  await forgetting;
  assert.deepEqual(await saving, await readSession(local, SERVER));
});

Deno.test("readKnownStatus() shows a session only what it has seen itself", async () => {
  const local = fakeStorage({ session });
  const known = { locationId: "location-1", status: connectedStatus(), checkedAt: 1 };
  await saveKnownStatus(local, { session, known, now: 1 });
  assert.deepEqual(await readKnownStatus(local, { sessionId: "a", locationId: "location-1" }), known);
  assert.equal(await readKnownStatus(local, { sessionId: "b", locationId: "location-1" }), null);
  assert.equal(await readKnownStatus(local, { sessionId: "a", locationId: "location-2" }), null);
});

Deno.test("readKnownStatus() leaves out an entry that it cannot read, and keeps the others", async () => {
  const known = { locationId: "location-1", status: connectedStatus(), checkedAt: 1 };
  const damaged = { ...known, status: connectedStatus({ lastRefreshedAt: "2024-01-01T00:00:00+05" }) };
  const entries = [{ ...damaged, locationId: "location-2" }, null, known];
  const local = fakeStorage({ session, statuses: { sessionId: "a", entries } });
  assert.equal(await readKnownStatus(local, { sessionId: "a", locationId: "location-2" }), null);
  assert.deepEqual(await readKnownStatus(local, { sessionId: "a", locationId: "location-1" }), known);
  await saveKnownStatus(local, { session, known, now: 1 });
  assert.deepEqual(local.all().statuses, { sessionId: "a", entries: [known] });
});

Deno.test("saveKnownStatus() forgets the location that was not looked at for longest", async () => {
  const local = fakeStorage({ session });
  let now = 0;
  const save = (index: number): Promise<unknown> => {
    now++;
    const known = { locationId: `location-${index}`, status: connectedStatus(), checkedAt: now };
    return saveKnownStatus(local, { session, known, now });
  };
  for (let index = 0; index < MAX_STATUSES; index++) await save(index);
  await save(0);
  await save(MAX_STATUSES);
  const read = (index: number) => readKnownStatus(local, { sessionId: "a", locationId: `location-${index}` });
  assert.notEqual(await read(0), null);
  assert.equal(await read(1), null);
  assert.notEqual(await read(2), null);
});

Deno.test("saveKnownStatus() leaves what the server was asked for later, unless the clock was set back", async () => {
  const local = fakeStorage({ session });
  const entry = (state: ConnectionStatus["state"], checkedAt: number): KnownStatus => ({
    locationId: "location-1",
    status: connectedStatus({ state }),
    checkedAt,
  });
  const save = (known: KnownStatus, now: number) => saveKnownStatus(local, { session, known, now });
  const later = entry("paused", 20);
  assert.deepEqual(await save(later, 21), later);
  assert.deepEqual(await save(entry("connected", 10), 22), later);
  const before = entry("connected", 5);
  assert.deepEqual(await save(before, 6), before);
  assert.deepEqual(await readKnownStatus(local, { sessionId: "a", locationId: "location-1" }), before);
});

Deno.test("saveKnownStatus() at the same moment keeps both locations", async () => {
  const local = fakeStorage({ session });
  await Promise.all(["location-1", "location-2"].map((locationId) => {
    const known = { locationId, status: connectedStatus({ locationId }), checkedAt: 1 };
    return saveKnownStatus(local, { session, known, now: 1 });
  }));
  assert.equal((await readKnownStatuses(local, "a")).length, 2);
});

Deno.test("saveKnownStatus() keeps nothing of a session that is forgotten at the same moment", async () => {
  const local = fakeStorage({ session });
  const known = { locationId: "location-1", status: connectedStatus(), checkedAt: 1 };
  const [, saved] = await Promise.all([
    forgetSession(local, session),
    saveKnownStatus(local, { session, known, now: 1 }),
  ]);
  assert.deepEqual([saved, local.all()], [null, {}]);
});

Deno.test("saveKnownStatus() keeps what stands beside a status for the same connection alone", async () => {
  const local = fakeStorage({ session });
  const known = { locationId: "location-1", status: connectedStatus(), checkedAt: 1 };
  const save = (known: KnownStatus) => saveKnownStatus(local, { session, known, now: 9 });
  const beside: KnownStatus & { connectedAt: number } = { ...known, connectedAt: 7 };
  await save(beside);
  assert.deepEqual(await save({ ...known, checkedAt: 2 }), { ...beside, checkedAt: 2 });
  const other = { ...known, status: connectedStatus({ connectionId: "another" }), checkedAt: 3 };
  assert.deepEqual(await save(other), other);
});

Deno.test("readServer() falls back to the built-in address", async () => {
  for (const server of [undefined, 7, "nonsense", "http://insecure.example.com"]) {
    assert.equal(await readServer(fakeStorage({ server }), BUILT_IN), BUILT_IN);
  }
  const local = fakeStorage();
  await saveServer(local, SERVER, BUILT_IN);
  assert.equal(await readServer(local, BUILT_IN), SERVER);
  await saveServer(local, BUILT_IN, BUILT_IN);
  assert.deepEqual(local.all(), {});
});
