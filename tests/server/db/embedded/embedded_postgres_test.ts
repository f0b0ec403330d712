import assert from "node:assert/strict";
import { join } from "node:path";
import postgres from "postgres";
import { connectionTo } from "../../../../server/db/embedded/connect_once.ts";
import { startEmbeddedPostgres } from "../../../../server/db/embedded/embedded_postgres.ts";
import { prepareRuntime } from "../../../../server/db/embedded/prepare_runtime.ts";
import { runtimeDirectory } from "../../../../server/db/embedded/runtime_directory.ts";
import { makeReachableFolder } from "../../../support/reachable_folder.ts";

const windows = Deno.build.os === "windows";
const sanitizers = { sanitizeOps: true, sanitizeResources: true };

Deno.test.beforeAll(async () => void await prepareRuntime(await runtimeDirectory()));

Deno.test("startEmbeddedPostgres() creates a database that answers, and keeps its rows over a restart", {
  ...sanitizers,
}, async () => {
  await using folder = await makeReachableFolder();
  const events: string[] = [];
  const log = (event: string): void => void events.push(event);
  const settings = { dataDirectory: join(folder.path, "data"), logger: { info: log, warn: log } };
  const first = await startEmbeddedPostgres(settings);
  {
    await using connection = connectionTo(first.options);
    const [row] = await connection.sql`
      select current_database() as database, current_setting('fsync') as fsync,
             current_setting('listen_addresses') as addresses`;
    assert.deepEqual({ ...row }, { database: "relatch", fsync: "on", addresses: windows ? "127.0.0.1" : "" });
    await connection.sql`create table kept (word text)`;
    await connection.sql`insert into kept values ('still here')`;
  }
  await first.stop();
  const second = await startEmbeddedPostgres(settings);
  {
    await using connection = connectionTo(second.options);
    assert.equal((await connection.sql`select word from kept`)[0]?.word, "still here");
  }
  await second.stop();
  assert.deepEqual(events, ["database_created", "database_started", "database_started"]);
});

Deno.test("stop() leaves no process and no socket, and may be called twice", { ...sanitizers }, async () => {
  await using folder = await makeReachableFolder();
  const embedded = await startEmbeddedPostgres({ dataDirectory: folder.path, durable: false });
  await Promise.all([embedded.stop(), embedded.stop()]);
  assert.deepEqual(await embedded.exited, { reason: "stopped" });
  await assert.rejects(Deno.stat(join(folder.path, "postgres", "postmaster.pid")), Deno.errors.NotFound);
  if (!windows) assert.deepEqual(await Array.fromAsync(Deno.readDir(join(folder.path, "socket"))), []);
  await using connection = connectionTo(embedded.options);
  await assert.rejects(connection.sql`select 1`.execute());
});

Deno.test("startEmbeddedPostgres() listens on the loopback address with a password when asked to", {
  ...sanitizers,
}, async () => {
  await using folder = await makeReachableFolder();
  const embedded = await startEmbeddedPostgres({
    dataDirectory: folder.path,
    loopback: true,
    durable: false,
  });
  try {
    assert.equal(embedded.options.host, "127.0.0.1");
    await using connection = connectionTo(embedded.options);
    assert.equal(
      (await connection.sql`select inet_server_addr()::text as address`)[0]?.address,
      "127.0.0.1/32",
    );
    await using guess = connectionTo({ ...embedded.options, password: "a guess" });
    await assert.rejects(guess.sql`select 1`.execute(), { code: "28P01" });
  } finally {
    await embedded.stop();
  }
});

Deno.test(
  "startEmbeddedPostgres() listens on the loopback address when the socket's path would be too long",
  {
    ...sanitizers,
    ignore: windows,
  },
  async () => {
    await using folder = await makeReachableFolder();
    const dataDirectory = join(folder.path, "long".repeat(30));
    const embedded = await startEmbeddedPostgres({ dataDirectory, durable: false });
    try {
      assert.equal(embedded.options.host, "127.0.0.1");
      await using connection = connectionTo(embedded.options);
      assert.equal((await connection.sql`select 1 as one`)[0]?.one, 1);
    } finally {
      await embedded.stop();
    }
  },
);

Deno.test("startEmbeddedPostgres() keeps the data folder to root, the database's account and passers-by", {
  ...sanitizers,
  ignore: windows,
}, async () => {
  await using folder = await makeReachableFolder();
  const dataDirectory = join(folder.path, "data");
  const embedded = await startEmbeddedPostgres({ dataDirectory, durable: false });
  try {
    const mode = async (name: string): Promise<number> =>
      (await Deno.stat(join(dataDirectory, name))).mode ?? 0;
    assert.equal(await mode("") & 0o777, Deno.uid() === 0 ? 0o711 : 0o700);
    for (const name of ["postgres", "socket"]) assert.equal(await mode(name) & 0o777, 0o700);
    for (const name of ["relatch.lock", "postgres/relatch.password"]) {
      assert.equal(await mode(name) & 0o777, 0o600);
    }
  } finally {
    await embedded.stop();
  }
});

Deno.test("startEmbeddedPostgres() as root names the closed folder that keeps the database's account out", {
  ...sanitizers,
  ignore: windows || Deno.uid() !== 0,
}, async () => {
  await using folder = await makeReachableFolder();
  await Deno.chmod(folder.path, 0o700);
  await assert.rejects(
    startEmbeddedPostgres({ dataDirectory: join(folder.path, "data") }),
    (error: Error) =>
      error.message.includes(`"${folder.path}" is closed`) && error.message.includes("/var/lib/relatch/data"),
  );
});

Deno.test("startEmbeddedPostgres() passes none of our environment to the database", {
  ...sanitizers,
  ignore: windows,
}, async () => {
  await using folder = await makeReachableFolder();
  Deno.env.set("RELATCH_TEST_SECRET", "do not pass on");
  Deno.env.set("PGDATA", "/nowhere");
  const embedded = await startEmbeddedPostgres({ dataDirectory: folder.path, durable: false });
  try {
    await using connection = connectionTo(embedded.options);
    await connection.sql`create table environment (line text)`;
    await connection.sql`copy environment from program 'env'`.simple();
    const lines = await connection
      .sql`select line from environment where line like any('{RELATCH%,PGDATA=/n%}')`;
    assert.deepEqual([...lines], []);
  } finally {
    Deno.env.delete("RELATCH_TEST_SECRET");
    Deno.env.delete("PGDATA");
    await embedded.stop();
  }
});

Deno.test("exited tells of a database that dies under a running server", {
  ...sanitizers,
  ignore: windows,
}, async () => {
  await using folder = await makeReachableFolder();
  const embedded = await startEmbeddedPostgres({ dataDirectory: folder.path, durable: false });
  const sql = postgres({ ...embedded.options, max: 1, fetch_types: false });
  const note = await Deno.readTextFile(join(folder.path, "postgres", "postmaster.pid"));
  await sql`select 1`;
  Deno.kill(parseInt(note), "SIGKILL");
  assert.deepEqual(await embedded.exited, { reason: "died", detail: "signal SIGKILL" });
  await sql.end({ timeout: 1 });
  await embedded.stop();
});

Deno.test("startEmbeddedPostgres() repeats PostgreSQL's own words when it refuses a cluster", {
  ...sanitizers,
}, async () => {
  await using folder = await makeReachableFolder();
  const settings = { dataDirectory: folder.path, durable: false };
  await (await startEmbeddedPostgres(settings)).stop();
  await Deno.writeTextFile(join(folder.path, "postgres", "PG_VERSION"), "17\n");
  await assert.rejects(startEmbeddedPostgres(settings), /database files are incompatible with server/);
});
