import assert from "node:assert/strict";
import { join } from "node:path";
import { connectionTo } from "../../../../server/db/embedded/connect_once.ts";
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from "../../../../server/db/embedded/embedded_postgres.ts";
import { prepareRuntime } from "../../../../server/db/embedded/prepare_runtime.ts";
import { readPostmasterFile } from "../../../../server/db/embedded/postmaster_file.ts";
import { runtimeDirectory } from "../../../../server/db/embedded/runtime_directory.ts";
import { makeReachableFolder } from "../../../support/reachable_folder.ts";
import { startVictimServer } from "./victim_server.ts";
import { waitUntil } from "../../../support/wait_until.ts";

const options = { sanitizeOps: true, sanitizeResources: true, ignore: Deno.build.os === "windows" };

Deno.test.beforeAll(async () => void await prepareRuntime(await runtimeDirectory()));

/** All acknowledged rows are there; a last one may be too, whose acknowledgement the kill cut off. */
async function assertRows(embedded: EmbeddedPostgres, acknowledged: number): Promise<void> {
  await using connection = connectionTo(embedded.options);
  const [row] = await connection.sql`
    select count(*)::int as rows from written where number <= ${acknowledged}`;
  assert.ok(acknowledged > 0);
  assert.equal(row?.rows, acknowledged);
}

Deno.test(
  "a start takes over the database of a killed server, with every acknowledged row",
  options,
  async () => {
    await using folder = await makeReachableFolder();
    await using victim = startVictimServer(folder.path);
    await victim.nextLine(/row 50\n/);
    await victim.killServer();
    const orphan = await readPostmasterFile(join(folder.path, "postgres"));
    assert.ok(typeof orphan === "object" && orphan.status === "ready");

    const events: unknown[] = [];
    const log = (event: string, fields?: unknown): void => void events.push([event, fields]);
    const embedded = await startEmbeddedPostgres({
      dataDirectory: folder.path,
      logger: { info() {}, warn: log },
    });
    try {
      assert.deepEqual(events, [["database_left_by_killed_server", { state: "stopped" }]]);
      const note = await readPostmasterFile(join(folder.path, "postgres"));
      assert.ok(typeof note === "object" && note.pid !== orphan.pid);
      await assertRows(embedded, victim.lastRow());
    } finally {
      await embedded.stop();
    }
  },
);

Deno.test("a start recovers after everything was killed, with every acknowledged row", options, async () => {
  await using folder = await makeReachableFolder();
  let acknowledged = 0;
  for (let round = 1; round <= 2; round++) {
    await using victim = startVictimServer(folder.path);
    await victim.nextLine(new RegExp(`row ${acknowledged + 50}\n`));
    await victim.killEverything();
    acknowledged = victim.lastRow();
  }
  const embedded = await startEmbeddedPostgres({ dataDirectory: folder.path });
  try {
    await assertRows(embedded, acknowledged);
  } finally {
    await embedded.stop();
  }
});

Deno.test(
  "a start is not held up by a stale note whose process number is another program's",
  options,
  async () => {
    await using folder = await makeReachableFolder();
    await using victim = startVictimServer(folder.path);
    await victim.nextLine(/row 1\n/);
    await victim.killEverything();
    const cluster = join(folder.path, "postgres");
    const { uid, gid } = await Deno.stat(cluster);
    const stranger = new Deno.Command("sleep", { args: ["60"], cwd: "/", uid: uid ?? 0, gid: gid ?? 0 })
      .spawn();
    try {
      for (
        const note of [join(cluster, "postmaster.pid"), join(folder.path, "socket", ".s.PGSQL.5432.lock")]
      ) {
        await Deno.writeTextFile(note, (await Deno.readTextFile(note)).replace(/^\d+/, String(stranger.pid)));
      }
      const embedded = await startEmbeddedPostgres({ dataDirectory: folder.path });
      await assertRows(embedded, victim.lastRow());
      await embedded.stop();
    } finally {
      stranger.kill("SIGKILL");
      assert.equal((await stranger.status).signal, "SIGKILL");
    }
  },
);

Deno.test("a start is not held up by a note whose writing was cut off", options, async () => {
  await using folder = await makeReachableFolder();
  await (await startEmbeddedPostgres({ dataDirectory: folder.path })).stop();
  const cluster = join(folder.path, "postgres");
  const { uid, gid } = await Deno.stat(cluster);
  for (const note of [join(cluster, "postmaster.pid"), join(folder.path, "socket", ".s.PGSQL.5432.lock")]) {
    await Deno.writeTextFile(note, "");
    await Deno.chown(note, uid, gid);
  }
  await (await startEmbeddedPostgres({ dataDirectory: folder.path })).stop();
});

Deno.test(
  "a copied data folder starts without touching the original's running database",
  options,
  async () => {
    await using folder = await makeReachableFolder();
    const [original, copy] = [join(folder.path, "original"), join(folder.path, "copy")];
    const first = await startEmbeddedPostgres({ dataDirectory: original });
    try {
      const { success } = await new Deno.Command("cp", { args: ["-a", original, copy] }).output();
      assert.ok(success);
      const second = await startEmbeddedPostgres({ dataDirectory: copy });
      assert.notEqual(second.options.host, first.options.host);
      await second.stop();
      await using connection = connectionTo(first.options);
      assert.equal((await connection.sql`select 1 as one`)[0]?.one, 1);
    } finally {
      await first.stop();
    }
  },
);

Deno.test("a second server on a data folder is refused by name, until the first ended", options, async () => {
  await using folder = await makeReachableFolder();
  await using first = startVictimServer(folder.path);
  await first.nextLine(/row 1\n/);
  await assert.rejects(startEmbeddedPostgres({ dataDirectory: folder.path }), {
    message: `Could not use "${folder.path}" as data folder: ` +
      `another Relatch server (process ${first.pid}) is using it`,
  });
  Deno.kill(first.pid, "SIGTERM");
  assert.match(await first.ended, /stopped\n$/);
  const embedded = await startEmbeddedPostgres({ dataDirectory: folder.path });
  await assertRows(embedded, first.lastRow());
  await embedded.stop();
});

Deno.test("a half-made database is made again", options, async () => {
  await using folder = await makeReachableFolder();
  await using victim = startVictimServer(folder.path);
  const names = (): Promise<string[]> => Array.fromAsync(Deno.readDir(folder.path), ({ name }) => name);
  const isUnderWay = async () => (await names()).some((name) => name.startsWith("postgres.new-"));
  await waitUntil(isUnderWay, "a database is being made");
  await victim.killServer();
  assert.equal((await names()).includes("postgres"), false);
  const embedded = await startEmbeddedPostgres({ dataDirectory: folder.path });
  try {
    await using connection = connectionTo(embedded.options);
    assert.equal((await connection.sql`select 1 as one`)[0]?.one, 1);
  } finally {
    await embedded.stop();
  }
  await (await startEmbeddedPostgres({ dataDirectory: folder.path })).stop();
  assert.deepEqual((await names()).sort(), ["postgres", "relatch.lock", "socket"]);
});

Deno.test(
  "a start gives up on a database that does not respond, and names its process",
  options,
  async () => {
    await using folder = await makeReachableFolder();
    await using victim = startVictimServer(folder.path);
    await victim.nextLine(/row 1\n/);
    await victim.killServer();
    const orphan = await readPostmasterFile(join(folder.path, "postgres"));
    assert.ok(typeof orphan === "object");
    Deno.kill(orphan.pid, "SIGSTOP");
    try {
      await assert.rejects(startEmbeddedPostgres({ dataDirectory: folder.path }), {
        message: new RegExp(`process ${orphan.pid}\\) does not respond`),
      });
    } finally {
      Deno.kill(orphan.pid, "SIGCONT");
    }
    await (await startEmbeddedPostgres({ dataDirectory: folder.path })).stop();
  },
);

Deno.test("Ctrl-C leaves the database to the server, which ends it last", options, async () => {
  await using folder = await makeReachableFolder();
  await using server = startVictimServer(folder.path);
  await server.nextLine(/row 1\n/);
  // A terminal signals the whole process group.
  const { success } = await new Deno.Command("kill", { args: ["-INT", "--", `-${server.pid}`] }).output();
  assert.ok(success);
  assert.match(await server.ended, /answered after the signal\nstopped\n$/);
});
