import { readServer, saveServer } from "../../extension/src/server_setting.ts";
import { forgetSession, readSession, saveSession } from "../../extension/src/session_store.ts";
import { MAX_STATUSES, readKnownStatus, saveKnownStatus } from "../../extension/src/status_store.ts";
import assert from "node:assert/strict";
import { connectedStatus, fakeStorage, SERVER, SESSION_TOKEN } from "./fake_browser.ts";

const BUILT_IN = "https://built-in.example.com";
const response = {
  token: SESSION_TOKEN,
  expiresAt: "2027-01-01T00:00:00.000Z",
  connection: connectedStatus(),
};

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
  await saveKnownStatus(local, { sessionId: session.id, known });
  await forgetSession(local, "another");
  assert.deepEqual(await readSession(local, SERVER), session);
  await forgetSession(local, session.id);
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
  const forgetting = forgetSession(slow, ended.id);
  await isRead.promise;
  const saving = saveSession(local, { server: SERVER, response: { ...response, token: "N".repeat(43) } });
  await new Promise((resolve) => setTimeout(resolve));
  goOn.resolve();
  await forgetting;
  assert.deepEqual(await saving, await readSession(local, SERVER));
});

Deno.test("readKnownStatus() shows a session only what it has seen itself", async () => {
  const local = fakeStorage();
  const known = { locationId: "location-1", status: connectedStatus(), checkedAt: 1 };
  await saveKnownStatus(local, { sessionId: "a", known });
  assert.deepEqual(await readKnownStatus(local, { sessionId: "a", locationId: "location-1" }), known);
  assert.equal(await readKnownStatus(local, { sessionId: "b", locationId: "location-1" }), null);
  assert.equal(await readKnownStatus(local, { sessionId: "a", locationId: "location-2" }), null);
});

Deno.test("readKnownStatus() leaves out an entry that it cannot read, and keeps the others", async () => {
  const known = { locationId: "location-1", status: connectedStatus(), checkedAt: 1 };
  const damaged = { ...known, status: connectedStatus({ lastRefreshedAt: "2024-01-01T00:00:00+05" }) };
  const entries = [{ ...damaged, locationId: "location-2" }, null, known];
  const local = fakeStorage({ statuses: { sessionId: "a", entries } });
  assert.equal(await readKnownStatus(local, { sessionId: "a", locationId: "location-2" }), null);
  assert.deepEqual(await readKnownStatus(local, { sessionId: "a", locationId: "location-1" }), known);
  await saveKnownStatus(local, { sessionId: "a", known });
  assert.deepEqual(local.all().statuses, { sessionId: "a", entries: [known] });
});

Deno.test("saveKnownStatus() forgets the location that was not looked at for longest", async () => {
  const local = fakeStorage();
  const save = (index: number): Promise<void> => {
    const known = { locationId: `location-${index}`, status: connectedStatus(), checkedAt: index };
    return saveKnownStatus(local, { sessionId: "a", known });
  };
  for (let index = 0; index < MAX_STATUSES; index++) await save(index);
  await save(0);
  await save(MAX_STATUSES);
  const read = (index: number) => readKnownStatus(local, { sessionId: "a", locationId: `location-${index}` });
  assert.notEqual(await read(0), null);
  assert.equal(await read(1), null);
  assert.notEqual(await read(2), null);
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
