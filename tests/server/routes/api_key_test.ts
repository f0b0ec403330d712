import assert from "node:assert/strict";
import {
  companyTokenPath,
  connectionRefreshPath,
  locationStatusPath,
  locationTokenPath,
} from "#shared/endpoints.ts";
import { createKey } from "../../../server/api_keys/key_text.ts";
import { readKeys, revokeKey, storeKey } from "../../../server/api_keys/stored_keys.ts";
import { digestOf } from "../../../server/crypto/opaque_token.ts";
import { CALLS_PER_MINUTE } from "../../../server/http/rate_limit.ts";
import { failure } from "../../../server/result.ts";
import {
  askWithKey,
  COMPANY,
  createRotatedRelatch,
  FOREIGN,
  insertTree,
  LOCATION,
  makeKey,
} from "../../support/rotated_relatch.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { connect } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const postgres = testPostgresForFile();

Deno.test("a key that is absent, unknown, wrong, revoked or of another kind is refused with one text", async () => {
  await using relatch = await createRotatedRelatch(postgres);
  const { token } = await connect(relatch);
  await insertTree(relatch);
  const { text: key } = await makeKey(relatch, { kind: "location", id: LOCATION });
  const { text: revoked, name } = await makeKey(relatch, { kind: "location", id: LOCATION });
  await revokeKey(relatch.database, name);
  const wrongSecret = key.slice(0, -2) + (key.endsWith("AA") ? "BB" : "AA");
  const stored = (await relatch.database`SELECT id, key_digest FROM api_keys`)[0];
  const headers: Record<string, string>[] = [
    {},
    { authorization: key },
    { authorization: `Basic ${key}` },
    { authorization: `Bearer${key}` },
    { authorization: "Bearer" },
    { authorization: `Bearer ${key} ${key}` },
    { authorization: `Bearer ${key},` },
    { authorization: `Bearer Bearer ${key}` },
    { "x-api-key": key },
    { cookie: `key=${key}` },
    ...[
      createKey().text,
      wrongSecret,
      key.toUpperCase(),
      key.slice("relatch_".length),
      key.slice(25),
      `${key}x`,
      revoked,
      token,
      stored?.id,
      stored?.key_digest.toString("hex"),
      digestOf(key).toHex(),
      "' OR '1'='1",
      "relatch_'||pg_sleep(10)--_x",
      "%00",
      "undefined",
      "\u00ff\u00fe",
      "x".repeat(15_000),
      `relatch_${"0".repeat(15_000)}`,
    ].map((text) => ({ authorization: `Bearer ${text}` })),
  ];
  const answers = new Set<string>();
  for (const path of [locationTokenPath(LOCATION), `${locationTokenPath(LOCATION)}?api_key=${key}`]) {
    for (const each of headers) {
      const response = await relatch.app.request(path, { headers: { ...each, "x-request-id": "same" } });
      answers.add(`${response.status} ${response.headers.get("www-authenticate")} ${await response.text()}`);
    }
  }
  assert.equal(answers.size, 1, [...answers].join("\n"));
  assert.match([...answers][0] ?? "", /^401 Bearer .*"code":"unauthorized"/);
  assert.deepEqual(relatch.rotator.asked, []);
  assert.equal((await askWithKey(relatch, locationTokenPath(LOCATION), key)).status, 200);
});

Deno.test("a key opens no route of a session", async () => {
  await using relatch = await createRotatedRelatch(postgres);
  const { connection } = await connect(relatch);
  const locationId = connection.locationId ?? "";
  const { text: key } = await makeKey(relatch, { kind: "location", id: locationId });
  assert.equal((await askWithKey(relatch, locationTokenPath(locationId), key)).status, 200);
  const calls: [string, string][] = [
    ["GET", locationStatusPath(locationId)],
    ["POST", connectionRefreshPath(connection.connectionId ?? "")],
    ["DELETE", "/api/sessions/current"],
  ];
  for (const [method, path] of calls) {
    const response = await relatch.app.request(path, { method, headers: { authorization: `Bearer ${key}` } });
    assert.equal(response.status, 401, path);
  }
  assert.deepEqual(relatch.rotator.refreshed, []);
});

Deno.test("an address that tries keys out is refused after some calls; a live key is not counted", async () => {
  await using relatch = await createRotatedRelatch(postgres);
  await insertTree(relatch);
  const { text: key } = await makeKey(relatch, { kind: "location", id: LOCATION });
  const statusFor = async (text: string) =>
    (await askWithKey(relatch, locationTokenPath(LOCATION), text)).status;
  for (let call = 0; call < CALLS_PER_MINUTE; call++) assert.equal(await statusFor(key), 200);
  const statuses: number[] = [];
  for (let call = 0; call <= CALLS_PER_MINUTE; call++) statuses.push(await statusFor(createKey().text));
  assert.equal(statuses[0], 401);
  assert.equal(statuses.at(-1), 429);
});

Deno.test("a program that repeats one wrong key does not lock out the live keys behind its address", async () => {
  await using relatch = await createRotatedRelatch(postgres);
  await insertTree(relatch);
  const { text: key } = await makeKey(relatch, { kind: "location", id: LOCATION });
  const wrong = createKey().text;
  const statusFor = async (text: string) =>
    (await askWithKey(relatch, locationTokenPath(LOCATION), text)).status;
  for (let call = 0; call < CALLS_PER_MINUTE; call++) assert.equal(await statusFor(wrong), 401);
  assert.equal(await statusFor(wrong), 429);
  assert.equal(await statusFor(key), 200);
});

Deno.test("a key of the setting API_KEYS sees every connection, and works until it leaves the setting", async () => {
  const [first, second] = ["first-start-key-0123456789abcdef", createKey().text];
  const API_KEYS = `old:${digestOf(first).toHex()}, ci:${digestOf(second).toHex()}`;
  await using relatch = await createRotatedRelatch(postgres, { settings: { API_KEYS } });
  const ids = await insertTree(relatch);
  for (const key of [first, second]) {
    assert.equal((await askWithKey(relatch, locationTokenPath(FOREIGN), key)).status, 200);
    assert.equal((await askWithKey(relatch, companyTokenPath(COMPANY), key)).status, 200);
    assert.equal((await askWithKey(relatch, locationTokenPath("LocationNotThere0001"), key)).status, 404);
  }
  assert.deepEqual(
    relatch.rotator.asked.map(([id]) => id),
    [ids.foreign, ids.company, ids.foreign, ids.company],
  );
  for (const key of [`${first}x`, digestOf(first).toHex(), "old", "ci"]) {
    assert.equal((await askWithKey(relatch, locationTokenPath(FOREIGN), key)).status, 401, key);
  }
});

Deno.test("a revoked key is refused by the next request, and its name can be given again", async () => {
  await using relatch = await createRotatedRelatch(postgres);
  await insertTree(relatch);
  const scope = { kind: "location", id: LOCATION } as const;
  const first = await storeKey(relatch.database, { name: "crm", scope });
  assert.ok(first.ok);
  assert.equal((await askWithKey(relatch, locationTokenPath(LOCATION), first.value)).status, 200);
  assert.deepEqual(
    await storeKey(relatch.database, { name: "crm", scope }),
    failure({ reason: "name_taken" }),
  );
  assert.equal(await revokeKey(relatch.database, "crm"), true);
  assert.equal(await revokeKey(relatch.database, "crm"), false);
  assert.equal((await askWithKey(relatch, locationTokenPath(LOCATION), first.value)).status, 401);
  const second = await storeKey(relatch.database, { name: "crm", scope });
  assert.ok(second.ok);
  assert.equal((await askWithKey(relatch, locationTokenPath(LOCATION), second.value)).status, 200);
  const revoked = (await readKeys(relatch.database)).map(({ revokedAt }) => revokedAt !== null);
  assert.deepEqual(revoked, [true, false]);
});

Deno.test("of two keys that are made under one name at the same time, one is refused", async () => {
  await using relatch = await createRotatedRelatch(postgres);
  const make = () => storeKey(relatch.database, { name: "crm", scope: { kind: "location", id: LOCATION } });
  const made = await Promise.all([make(), make(), make()]);
  assert.equal(made.filter(({ ok }) => ok).length, 1);
});

Deno.test("the use of a key is written down at most once in five minutes, and not for a wrong secret", async () => {
  await using relatch = await createRotatedRelatch(postgres);
  await insertTree(relatch);
  const { text: key } = await makeKey(relatch, { kind: "location", id: LOCATION });
  const lastUse = async () => (await readKeys(relatch.database))[0]?.lastUsedAt ?? null;
  await askWithKey(relatch, locationTokenPath(LOCATION), key.slice(0, -2) + "__");
  assert.equal(await lastUse(), null);
  await askWithKey(relatch, locationTokenPath(LOCATION), key);
  const first = await lastUse();
  assert.ok(first !== null);
  await Promise.all([1, 2, 3].map(() => askWithKey(relatch, locationTokenPath(LOCATION), key)));
  assert.deepEqual(await lastUse(), first);
  await relatch.database`UPDATE api_keys SET last_used_at = now() - interval '5 minutes 1 second'`;
  const before = await lastUse();
  await askWithKey(relatch, locationTokenPath(LOCATION), key);
  assert.ok((await lastUse() ?? new Date(0)) > (before ?? new Date()));
});

Deno.test("a use that cannot be written down costs no token, and a line in the log", async () => {
  await using relatch = await createRotatedRelatch(postgres);
  await insertTree(relatch);
  const { text: key } = await makeKey(relatch, { kind: "location", id: LOCATION });
  await relatch.database`
    CREATE TRIGGER read_only BEFORE UPDATE ON api_keys FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`;
  assert.equal((await askWithKey(relatch, locationTokenPath(LOCATION), key)).status, 200);
  assert.match(relatch.logLines.join("\n"), /"level":"warn","event":"key_use_not_noted"/);
});
