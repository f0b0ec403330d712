import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import * as v from "valibot";
import { ConnectionStatus } from "#shared/connection_status.ts";
import { connectionPath, locationStatusPath, SESSIONS_PATH } from "#shared/endpoints.ts";
import { SessionResponse } from "#shared/session.ts";
import { createEncryptionKeyText } from "../../../server/crypto/encryption_keys.ts";
import type { RunningSimulator } from "../../simulator/start_simulator.ts";
import { startSimulator } from "../../simulator/start_simulator.ts";
import { makeReachableFolder } from "../../support/reachable_folder.ts";
import { freePort, type ServerProcess, spawnServer, startServer } from "../../support/server_process.ts";
import { createTestBrowser, redirectOf, type TestBrowser } from "../../support/test_browser.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { chooseLocation, createAttempt, LOCATION_ID } from "../../support/test_relatch.ts";
import { waitUntil } from "../../support/wait_until.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const postgres = testPostgresForFile();
let highlevel: RunningSimulator;
Deno.test.beforeAll(async () => {
  highlevel = await startSimulator({ port: 0 });
});
Deno.test.afterAll(async () => {
  await highlevel.close();
});

/** Registers the server's redirect URL at HighLevel, as its operator does in the portal. */
function browserFor(server: ServerProcess): TestBrowser {
  highlevel.simulator.settings.apps[0]?.redirectUris.push(`${server.url}/oauth/callback`);
  return createTestBrowser({
    [server.url]: (request) => fetch(request),
    [highlevel.url]: (request) => fetch(request),
  });
}

interface Connected {
  readonly session: SessionResponse;
  /** Every secret that this flow made or was given, on top of those that HighLevel issued. */
  readonly secrets: readonly string[];
}

async function connectThrough(server: ServerProcess): Promise<Connected> {
  const browser = browserFor(server);
  const attempt = createAttempt({}, server.url);
  const callback = await chooseLocation(browser, attempt);
  const cookies = [...browser.cookies(server.url).values()];
  const returned = await redirectOf(await browser.open(callback));
  const code = returned.searchParams.get("code") ?? "";
  const response = await fetch(server.url + SESSIONS_PATH, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code, codeVerifier: attempt.codeVerifier }),
  });
  const session = v.parse(SessionResponse, await response.json());
  const secrets = [
    session.token,
    code,
    attempt.codeVerifier,
    attempt.state,
    callback.searchParams.get("state") ?? "",
    ...cookies,
  ];
  return { session, secrets };
}

async function stateAt(server: ServerProcess, token: string): Promise<string> {
  const response = await fetch(server.url + locationStatusPath(LOCATION_ID), {
    headers: { authorization: `Bearer ${token}` },
  });
  return v.parse(ConnectionStatus, await response.json()).state;
}

async function visit(address: string, init?: RequestInit): Promise<void> {
  await (await fetch(address, init)).body?.cancel();
}

Deno.test("a start without HighLevel's credentials fails, says what to set and mentions the demo", async () => {
  const server = await spawnServer({ port: 0 });
  const { code } = await server.status;
  assert.equal(code, 1);
  assert.match(server.lines.join("\n"), /HIGHLEVEL_CLIENT_ID: Required[^]*deno task demo/);
});

Deno.test("no credential of an end-to-end run is in the log, even at its most talkative", async () => {
  await using folder = await makeReachableFolder();
  const settings = { DATA_DIR: folder.path, LOG_LEVEL: "debug" };
  await using server = await startServer({ highlevelUrl: highlevel.url, settings });
  const { session, secrets } = await connectThrough(server);
  // Failures are logged too.
  await visit(`${server.url}/oauth/callback?code=${highlevel.simulator.issueCode()}`);
  highlevel.simulator.faults.next({ route: "token", kind: "bad_gateway_html" });
  await visit(`${server.url}/oauth/callback?code=${highlevel.simulator.issueCode()}`);
  await visit(`${server.url}/oauth/callback?code=${highlevel.simulator.issueCode()}&state=${secrets.at(-2)}`);
  await visit(server.url + SESSIONS_PATH, { method: "POST", body: JSON.stringify({ code: secrets[1] }) });
  assert.equal(await stateAt(server, session.token), "connected");
  await visit(server.url + connectionPath(session.connection.connectionId ?? ""), {
    method: "DELETE",
    headers: { authorization: `Bearer ${session.token}` },
  });
  await server.end("SIGTERM");
  const log = server.lines.join("\n");
  assert.match(log, /"event":"connected"/);
  assert.match(log, /"event":"disconnected"/);
  const key = (await Deno.readTextFile(`${folder.path}/token-encryption-keys`)).trim().replace(/^.*:/, "");
  const issued = highlevel.simulator.ledger.secretsIssued();
  assert.ok(issued.length > 5);
  for (const secret of [key, ...secrets, ...issued]) {
    assert.ok(!log.includes(secret), "a secret is in the log");
  }
  for (const line of server.lines) assert.ok(typeof JSON.parse(line).event === "string", line);
});

Deno.test("SIGTERM lets a running request finish, takes no new one, and ends with 0", async () => {
  await using folder = await makeReachableFolder();
  await using server = await startServer({
    highlevelUrl: highlevel.url,
    settings: { DATA_DIR: folder.path },
  });
  const browser = browserFor(server);
  const callback = await chooseLocation(browser, createAttempt({}, server.url));
  highlevel.simulator.faults.next({ route: "token", kind: "slow", delayMs: 60_000 });
  const running = browser.open(callback);
  await waitUntil(() => highlevel.simulator.faults.held() > 0, "the exchange is under way");
  const ended = server.end("SIGTERM");
  await server.line((line) => line.includes('"event":"stopping"'));
  await assert.rejects(fetch(`${server.url}/healthz`));
  highlevel.simulator.faults.release();
  assert.ok((await redirectOf(await running)).searchParams.has("code"));
  assert.equal((await ended).code, 0);
  assert.match(server.lines.at(-1) ?? "", /"event":"stopped"/);
});

Deno.test("a connection survives kill -9 of the server, and the next start takes its database over", async () => {
  await using folder = await makeReachableFolder();
  const options = { highlevelUrl: highlevel.url, settings: { DATA_DIR: folder.path } };
  await using killed = await startServer(options);
  const { session } = await connectThrough(killed);
  await killed.end("SIGKILL");
  await using next = await startServer(options);
  assert.equal(await stateAt(next, session.token), "connected");
});

Deno.test("a second server on the same DATA_DIR is refused with a clear message", async () => {
  await using folder = await makeReachableFolder();
  const options = { highlevelUrl: highlevel.url, settings: { DATA_DIR: folder.path } };
  await using _first = await startServer(options);
  const second = await spawnServer({ ...options, port: freePort() });
  assert.equal((await second.status).code, 1);
  assert.ok(second.lines.join("\n").includes(folder.path), second.lines.join("\n"));
});

Deno.test("two replicas that start together on one empty database both serve, and share sessions", async () => {
  const database = await postgres.createDatabase();
  const settings = { DATABASE_URL: database.url, TOKEN_ENCRYPTION_KEYS: createEncryptionKeyText("k1") };
  const options = { highlevelUrl: highlevel.url, settings };
  {
    const [first, second] = await Promise.all([startServer(options), startServer(options)]);
    await using _ends = first;
    await using _endsToo = second;
    const { session } = await connectThrough(first);
    assert.equal(await stateAt(second, session.token), "connected");
  }
  await database.drop();
});

Deno.test("a start with a wrong key for a known id fails, names the id and not the key", async () => {
  const database = await postgres.createDatabase();
  const settings = (keys: string) => ({ DATABASE_URL: database.url, TOKEN_ENCRYPTION_KEYS: keys });
  const right = await startServer({
    highlevelUrl: highlevel.url,
    settings: settings(createEncryptionKeyText("k1")),
  });
  await right.end("SIGTERM");
  const wrongKeys = createEncryptionKeyText("k1");
  const wrong = await spawnServer({
    highlevelUrl: highlevel.url,
    settings: settings(wrongKeys),
    port: freePort(),
  });
  assert.equal((await wrong.status).code, 1);
  assert.match(wrong.lines.join("\n"), /could not start: .*key "k1": the key of this id is not the one/);
  assert.ok(!wrong.lines.join("\n").includes(wrongKeys.slice(3)));
  await database.drop();
});

Deno.test("a port in use stops the start with a message, and the embedded database with it", async () => {
  await using folder = await makeReachableFolder();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const options = { highlevelUrl: highlevel.url, settings: { DATA_DIR: folder.path } };
  const server = await spawnServer({ ...options, port: listener.addr.port });
  assert.equal((await server.status).code, 1);
  assert.match(
    server.lines.join("\n"),
    /could not start: Cannot listen on "127\.0\.0\.1", port \d+: .*in use/i,
  );
  await using _next = await startServer(options);
});

Deno.test("a server whose log nobody can read connects all the same, and stops in order", async () => {
  await using folder = await makeReachableFolder();
  const port = freePort();
  const options = {
    port,
    highlevelUrl: highlevel.url,
    settings: { DATA_DIR: folder.path, LOG_LEVEL: "debug" },
  };
  await using process = await spawnServer({ ...options, deaf: true });
  const server = { ...process, url: `http://localhost:${port}` };
  const answers = () => visit(`${server.url}/healthz`).then(() => true, () => false);
  await waitUntil(answers, "the server answers", 30_000);
  const { session } = await connectThrough(server);
  assert.equal(await stateAt(server, session.token), "connected");
  assert.equal((await process.end("SIGTERM")).code, 0);
  assert.deepEqual(process.lines, []);
});

Deno.test("a server whose embedded database dies says so in the log and ends with 1", async () => {
  await using folder = await makeReachableFolder();
  await using server = await startServer({
    highlevelUrl: highlevel.url,
    settings: { DATA_DIR: folder.path },
  });
  const [pid] = (await Deno.readTextFile(`${folder.path}/postgres/postmaster.pid`)).split("\n");
  Deno.kill(Number(pid), "SIGKILL");
  assert.equal((await server.status).code, 1);
  const { event, error } = JSON.parse(server.lines.at(-1) ?? "");
  assert.equal(event, "server_failed");
  assert.match(error, /embedded database ended by itself/);
});

Deno.test("a request that never ends does not hold up the stop", async () => {
  await using folder = await makeReachableFolder();
  await using server = await startServer({
    highlevelUrl: highlevel.url,
    settings: { DATA_DIR: folder.path },
  });
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(server.url).port) });
  const head =
    "POST /api/sessions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n";
  await connection.write(new TextEncoder().encode(`${head}{"c`));
  await delay(200);
  const started = performance.now();
  assert.equal((await server.end("SIGTERM")).code, 0);
  assert.ok(performance.now() - started < 5000);
  assert.ok(!server.lines.some((line) => line.includes('"level":"error"')), server.lines.join("\n"));
});

Deno.test("a start without the key file of a sealed database fails, says what to restore, and makes no new key", async () => {
  await using folder = await makeReachableFolder();
  const options = { highlevelUrl: highlevel.url, settings: { DATA_DIR: folder.path } };
  const first = await startServer(options);
  const { session } = await connectThrough(first);
  await first.end("SIGTERM");
  const path = `${folder.path}/token-encryption-keys`;
  await Deno.rename(path, `${path}.away`);
  const without = await spawnServer({ ...options, port: freePort() });
  assert.equal((await without.status).code, 1);
  assert.match(without.lines.join("\n"), /Cannot find ".*token-encryption-keys".*key "k1"; restore/);
  await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
  await Deno.rename(`${path}.away`, path);
  await using again = await startServer(options);
  assert.equal(await stateAt(again, session.token), "connected");
});
