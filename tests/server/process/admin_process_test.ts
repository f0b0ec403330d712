import assert from "node:assert/strict";
import { join } from "node:path";
import { locationTokenPath } from "#shared/endpoints.ts";
import { digestOf } from "../../../server/crypto/opaque_token.ts";
import { createEncryptionKeyText } from "../../../server/crypto/encryption_keys.ts";
import { connectionTo } from "../../../server/db/embedded/connect_once.ts";
import { unlessMissing } from "../../../server/db/unless_missing.ts";
import { runAdmin } from "../../support/admin_process.ts";
import { makeReachableFolder } from "../../support/reachable_folder.ts";
import { startServer } from "../../support/server_process.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { waitUntil } from "../../support/wait_until.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const postgres = testPostgresForFile();

const ID = "ve9EPM428h8vShlRW1KT";
const KEY_LINE = /^relatch_[0-9a-f]{16}_[A-Za-z0-9_-]{43}\n$/;
/** Nothing of HighLevel answers there; the server asks for nothing from it in these tests. */
const HIGHLEVEL_URL = "http://127.0.0.1:9";

async function postmasterOf(folder: string): Promise<string | undefined> {
  return await unlessMissing(Deno.readTextFile(join(folder, "postgres", "postmaster.pid")));
}

async function statusWith(serverUrl: string, key: string): Promise<number> {
  const response = await fetch(serverUrl + locationTokenPath(ID), {
    headers: { authorization: `Bearer ${key.trim()}` },
  });
  await response.body?.cancel();
  return response.status;
}

Deno.test("keys are made, listed and revoked in the database of DATABASE_URL, which nobody had migrated", async () => {
  const database = await postgres.createDatabase();
  const settings = { DATABASE_URL: database.url };
  const created = await runAdmin(["keys", "create", "crm", "--location", ID], settings);
  assert.equal(created.code, 0, created.stderr);
  assert.match(created.stdout, KEY_LINE);
  const key = created.stdout.trim();
  assert.match(created.stderr, /Created the key "crm" for location "ve9EPM428h8vShlRW1KT"/);
  assert.ok(!created.stderr.includes(key.slice(25)));
  {
    await using connection = connectionTo(database.options);
    const [row] = await connection.sql`SELECT key_digest, row_to_json(k)::text AS text FROM api_keys k`;
    assert.deepEqual(new Uint8Array(row?.key_digest), digestOf(key));
    assert.ok(!row?.text.includes(key.slice(25)), "the key itself is in the database");
  }

  const again = await runAdmin(["keys", "create", "crm", "--company", ID], settings);
  assert.deepEqual([again.code, again.stdout], [1, ""]);
  assert.equal(
    again.stderr,
    'Cannot create the key "crm": a live key has this name: revoke it, or choose another\n',
  );

  const revoked = await runAdmin(["keys", "revoke", "crm"], settings);
  assert.deepEqual([revoked.code, revoked.stdout], [0, ""]);
  const list = await runAdmin(["keys", "list", "--json"], settings);
  const [{ createdAt, revokedAt, ...listed }, ...others] = JSON.parse(list.stdout);
  assert.deepEqual(listed, {
    id: key.slice(8, 24),
    name: "crm",
    scope: { kind: "location", id: ID },
    lastUsedAt: null,
  });
  assert.deepEqual(others, []);
  assert.ok(createdAt <= revokedAt);
  assert.equal(list.stderr, "");
  const table = await runAdmin(["keys", "list"], settings);
  assert.match(table.stdout, /^NAME +ID +SCOPE.*\ncrm +[0-9a-f]{16} +location ve9EPM428h8vShlRW1KT/);
  assert.ok(!(list.stdout + table.stdout).includes(key.slice(25)));
  await database.drop();
});

Deno.test("keys are made and revoked in the embedded database of a running server, which goes on", async () => {
  await using folder = await makeReachableFolder();
  const settings = { DATA_DIR: folder.path };
  await using server = await startServer({
    highlevelUrl: HIGHLEVEL_URL,
    settings: { ...settings, LOG_LEVEL: "debug" },
  });
  const postmaster = await postmasterOf(folder.path);
  const created = await runAdmin(["keys", "create", "crm", "--location", ID], settings);
  assert.equal(created.code, 0, created.stderr);
  assert.match(created.stdout, KEY_LINE);
  // Known, with nothing there to see.
  assert.equal(await statusWith(server.url, created.stdout), 404);
  assert.equal((await runAdmin(["keys", "revoke", "crm"], settings)).code, 0);
  assert.equal(await statusWith(server.url, created.stdout), 401);
  assert.equal(await postmasterOf(folder.path), postmaster);
  assert.equal((await server.end("SIGTERM")).code, 0);
  assert.ok(!server.lines.join("\n").includes(created.stdout.trim().slice(25)), "the key is in the log");
});

Deno.test("without a server the embedded database is started for the command, and stopped after it", async () => {
  await using folder = await makeReachableFolder();
  const settings = { DATA_DIR: folder.path };
  const created = await runAdmin(["keys", "create", "crm", "--company", ID], settings);
  assert.equal(created.code, 0, created.stderr);
  assert.equal(await postmasterOf(folder.path), undefined);
  const refused = await runAdmin(["keys", "revoke", "another"], settings);
  assert.equal(refused.code, 1);
  assert.equal(await postmasterOf(folder.path), undefined);
  // The server makes its encryption keys as at any first start, and knows the key.
  await using server = await startServer({ highlevelUrl: HIGHLEVEL_URL, settings });
  assert.equal(await statusWith(server.url, created.stdout), 404);
});

Deno.test("two commands and a server that start together on one data folder all do their work", async () => {
  await using folder = await makeReachableFolder();
  const settings = { DATA_DIR: folder.path };
  const commands = ["one", "two"].map((name) =>
    runAdmin(["keys", "create", name, "--company", ID], settings)
  );
  await waitUntil(
    async () => await unlessMissing(Deno.stat(join(folder.path, "relatch.lock"))) !== undefined,
    "a command has the folder",
  );
  await using server = await startServer({ highlevelUrl: HIGHLEVEL_URL, settings });
  for (const { code, stdout, stderr } of await Promise.all(commands)) {
    assert.equal(code, 0, stderr);
    assert.equal(await statusWith(server.url, stdout), 404);
  }
});

Deno.test("a command takes over the database that a killed server left, and stops it", async () => {
  await using folder = await makeReachableFolder();
  const settings = { DATA_DIR: folder.path };
  await using server = await startServer({ highlevelUrl: HIGHLEVEL_URL, settings });
  await server.end("SIGKILL");
  const created = await runAdmin(["keys", "create", "crm", "--location", ID], settings);
  assert.match(created.stdout, KEY_LINE);
  assert.equal(await postmasterOf(folder.path), undefined);
});

Deno.test("a command that cannot do its work says why in one line on standard error, and ends with 1", async () => {
  const database = await postgres.createDatabase();
  const here = { DATABASE_URL: database.url };
  const away = { DATABASE_URL: "postgres://relatch:marker-password@127.0.0.1:9/relatch" };
  const failures: [string[], Record<string, string>, RegExp][] = [
    [["keys", "list"], away, /^Cannot use the database: .*127\.0\.0\.1:9/],
    [["keys", "revoke", "crm"], here, /^Cannot revoke the key "crm": no live key has this name/],
    [["keys", "create", "crm"], here, /^Missing option "--location <id>" or "--company <id>"/],
    [["keys", "create", "crm", "--location", "short"], here, /argument "short" is invalid: expected an id/],
    [["keys", "make"], here, /^Unknown command "make"/],
    [["keys", "list"], { DATA_DIR: "/dev/null" }, /^Could not use "\/dev\/null" as data folder/],
  ];
  for (const [args, settings, message] of failures) {
    const { code, stdout, stderr } = await runAdmin(args, settings);
    assert.deepEqual([code, stdout], [1, ""], args.join(" "));
    assert.match(stderr, message);
    assert.match(stderr, /^[^\n]+\n$/);
    assert.doesNotMatch(stderr, /marker-password/);
  }
  const { code, stderr } = await runAdmin(["keys", "list"], {
    DATABASE_URL: "mysql://u:marker-password@db/x",
  });
  assert.equal(code, 1);
  assert.match(stderr, /DATABASE_URL: Expected an address that starts with "postgres:\/\/"/);
  assert.doesNotMatch(stderr, /marker-password/);
  await database.drop();
});

Deno.test("a command needs no encryption keys and makes none", async () => {
  const database = await postgres.createDatabase();
  assert.equal((await runAdmin(["keys", "list"], { DATABASE_URL: database.url })).code, 0);
  await using server = await startServer({
    highlevelUrl: HIGHLEVEL_URL,
    settings: { DATABASE_URL: database.url, TOKEN_ENCRYPTION_KEYS: createEncryptionKeyText("first") },
  });
  await server.end("SIGTERM");
  await database.drop();
  await using folder = await makeReachableFolder();
  assert.equal((await runAdmin(["keys", "list"], { DATA_DIR: folder.path })).code, 0);
  assert.equal(await unlessMissing(Deno.stat(join(folder.path, "token-encryption-keys"))), undefined);
});

Deno.test("the help names the commands and needs no settings", async () => {
  const { code, stdout } = await runAdmin(["keys", "--help"], {});
  assert.equal(code, 0);
  for (const name of ["create", "list", "revoke"]) assert.match(stdout, new RegExp(`^  ${name} `, "m"));
});
