import assert from "node:assert/strict";
import * as v from "valibot";
import { wipeConnection } from "../../../server/connections/wipe_connection.ts";
import { createEncryptionKeyText, EncryptionKeysText } from "../../../server/crypto/encryption_keys.ts";
import { claimDue, claimUnderWay } from "../../../server/rotation/claim.ts";
import { openRecoveryJournal } from "../../../server/rotation/recovery_journal.ts";
import { systemClock } from "../../../server/rotation/rotation_clock.ts";
import { replayJournal } from "../../../server/rotation/replay_journal.ts";
import { createLogger } from "../../../server/log.ts";
import type { RotationStep } from "../../../server/rotation/steps.ts";
import {
  assertNothingLost,
  historyOf,
  install,
  installLocation,
  makeDue,
  passTime,
  type StagedConnection,
  storedRefreshToken,
  viewRow,
} from "../../support/rotation_stage.ts";
import { makeReachableFolder } from "../../support/reachable_folder.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { createTestRelatch, type TestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });
const postgres = testPostgresForFile();

interface Stage {
  readonly relatch: TestRelatch;
  readonly connection: StagedConnection;
  /** Resolves when the answer is in the journal. */
  readonly journaled: Promise<void>;
  /** Starts the rotation, whose answer meets a database that is away. */
  rotateIntoOutage(): Promise<void>;
}

/** A connection whose rotation succeeds at HighLevel while the database goes away. */
async function withStage(work: (stage: Stage) => Promise<void>): Promise<void> {
  let isAway = false;
  const journaled = Promise.withResolvers<void>();
  await using relatch = await createTestRelatch(postgres, {
    proxied: true,
    rotation: {
      reach: (step: RotationStep) => {
        if (step === "answered" && isAway) relatch.proxy?.refuse();
        if (step === "journaled") journaled.resolve();
      },
    },
  });
  const connection = await installLocation(relatch);
  await passTime(relatch, 80_000);
  await work({
    relatch,
    connection,
    journaled: journaled.promise,
    async rotateIntoOutage() {
      isAway = true;
      await relatch.rotation.scheduler.look();
      await journaled.promise;
    },
  });
  relatch.proxy?.resume();
}

function replay({ database, keys, journal }: TestRelatch): Promise<void> {
  return replayJournal({
    journal,
    database,
    keys,
    logger: createLogger({ level: "error", write: () => {} }),
  });
}

Deno.test("an answer that meets a database that is away is journaled, and stored when it is back", async () => {
  await withStage(async ({ relatch, connection, rotateIntoOutage }) => {
    await rotateIntoOutage();
    assert.equal((await relatch.journal.read()).length, 1);
    relatch.proxy?.resume();
    await relatch.rotation.scheduler.idle();
    assert.deepEqual(await relatch.journal.read(), []);
    assert.deepEqual(await historyOf(relatch.database, connection.id), [
      "connected marketplace_install",
      "renewed schedule",
    ]);
    await assertNothingLost(relatch, [connection]);
  });
});

Deno.test("a process that stops meanwhile leaves the answer in the journal, and the next start stores it", async () => {
  await withStage(async ({ relatch, connection, rotateIntoOutage }) => {
    await rotateIntoOutage();
    await relatch.rotation.stop();
    assert.equal((await viewRow(relatch.database, connection.id)).generation, "1");
    const [entry] = await relatch.journal.read();
    assert.ok(entry?.answer);
    await replay(relatch);
    assert.deepEqual(await relatch.journal.read(), []);
    assert.deepEqual(await historyOf(relatch.database, connection.id), [
      "connected marketplace_install",
      "renewed recovery_journal",
    ]);
    await assertNothingLost(relatch, [connection]);
    // The access token's life is counted from the answer, not from the start.
    const { obtainedAt, tokens } = entry.answer;
    const [row] = await relatch.database<
      { at: Date }[]
    >`SELECT access_token_expires_at AS at FROM connections`;
    assert.equal(row?.at.getTime(), obtainedAt.getTime() + tokens.expiresIn * 1000);
  });
});

Deno.test("a journal heals even a connection that others gave up in the meantime", async () => {
  await withStage(async ({ relatch, connection, rotateIntoOutage }) => {
    await rotateIntoOutage();
    await relatch.rotation.stop();
    await relatch.database`
      UPDATE connections SET problem_code = 'refresh_token_rejected', problem_since = now(), next_refresh_at = NULL,
        lease_id = NULL, lease_expires_at = NULL, rotation_started_at = NULL`;
    await replay(relatch);
    assert.equal((await viewRow(relatch.database, connection.id)).problemCode, null);
    assert.equal((await historyOf(relatch.database, connection.id)).at(-1), "recovered recovery_journal");
    await assertNothingLost(relatch, [connection]);
  });
});

Deno.test("replaying twice stores once, and an entry that was overtaken changes nothing", async () => {
  await withStage(async ({ relatch, connection, rotateIntoOutage }) => {
    await rotateIntoOutage();
    await relatch.rotation.stop();
    const [entry] = await relatch.journal.read();
    assert.ok(entry?.answer);
    await replay(relatch);
    await relatch.journal.write(entry.answer);
    await replay(relatch);
    assert.equal((await viewRow(relatch.database, connection.id)).generation, "2");
    await install(relatch, connection.locationId);
    const stored = await storedRefreshToken(relatch, connection.id);
    await relatch.journal.write(entry.answer);
    await replay(relatch);
    assert.equal(await storedRefreshToken(relatch, connection.id), stored);
    assert.deepEqual(await relatch.journal.read(), []);
  });
});

Deno.test("a journal does not bring an uninstalled connection back", async () => {
  await withStage(async ({ relatch, connection, rotateIntoOutage }) => {
    await rotateIntoOutage();
    await relatch.rotation.stop();
    await relatch.database.begin((tx) =>
      wipeConnection(tx, { connectionId: connection.id, cause: "uninstalled", actor: "highlevel" })
    );
    await replay(relatch);
    assert.equal(await storedRefreshToken(relatch, connection.id), null);
    assert.deepEqual(await relatch.journal.read(), []);
  });
});

Deno.test("a journal keeps its answers when the database is away at the start", async () => {
  await withStage(async ({ relatch, rotateIntoOutage }) => {
    await rotateIntoOutage();
    await relatch.rotation.stop();
    await relatch.database`ALTER TABLE connections RENAME TO elsewhere`;
    await assert.rejects(replay(relatch));
    assert.equal((await relatch.journal.read()).length, 1);
    await relatch.database`ALTER TABLE elsewhere RENAME TO connections`;
    await replay(relatch);
    assert.deepEqual(await relatch.journal.read(), []);
  });
});

Deno.test("a journal file holds no token in the clear, and one that does not open is kept and told of", async () => {
  await withStage(async ({ relatch, rotateIntoOutage }) => {
    await rotateIntoOutage();
    await relatch.rotation.stop();
    const [entry] = await relatch.journal.read();
    assert.ok(entry?.answer);
    const bytes = await Deno.readFile(entry.path);
    const text = new TextDecoder("latin1").decode(bytes);
    for (const secret of relatch.simulator.ledger.secretsIssued()) assert.ok(!text.includes(secret));
    if (Deno.build.os !== "windows") assert.equal(((await Deno.stat(entry.path)).mode ?? 0) & 0o777, 0o600);
    const otherKeys = v.parse(EncryptionKeysText, createEncryptionKeyText("k1"));
    const dataDirectory = entry.path.replace(/[\\/]recovery[\\/].*$/, "");
    const journal = await openRecoveryJournal({ dataDirectory, keys: otherKeys });
    const lines: string[] = [];
    const logger = createLogger({ level: "error", write: (line) => lines.push(line) });
    await replayJournal({ journal, database: relatch.database, keys: otherKeys, logger });
    assert.ok(lines.some((line) => line.includes("journal_unreadable")));
    assert.equal((await relatch.journal.read()).length, 1);
  });
});

Deno.test("openRecoveryJournal() refuses a folder that cannot be written", async () => {
  const file = await Deno.makeTempFile();
  const keys = v.parse(EncryptionKeysText, createEncryptionKeyText("k1"));
  await assert.rejects(
    openRecoveryJournal({ dataDirectory: file, keys }),
    /Cannot write the recovery journal/,
  );
  await Deno.remove(file);
});

Deno.test("openRecoveryJournal() removes the old drafts of killed processes, and leaves fresh ones and entries alone", async () => {
  await using folder = await makeReachableFolder();
  const keys = v.parse(EncryptionKeysText, createEncryptionKeyText("k1"));
  const directory = `${folder.path}/recovery`;
  await Deno.mkdir(directory);
  for (const name of ["old.draft", "fresh.draft", "old"]) {
    await Deno.writeTextFile(`${directory}/${name}`, "");
  }
  const longAgo = new Date(Date.now() - 11 * 60_000);
  for (const name of ["old.draft", "old"]) await Deno.utime(`${directory}/${name}`, longAgo, longAgo);
  await openRecoveryJournal({ dataDirectory: folder.path, keys });
  const names = await Array.fromAsync(Deno.readDir(directory), ({ name }) => name);
  assert.deepEqual(names.sort(), ["fresh.draft", "old"]);
});

Deno.test("an outage of the database longer than HighLevel's window loses nothing, and no token is presented after it", async () => {
  await withStage(async ({ relatch, connection, rotateIntoOutage }) => {
    await rotateIntoOutage();
    await passTime(relatch, 60);
    // Another process finds the row before the one that has the answer.
    await makeDue(relatch.database, [connection.id]);
    const another = { database: relatch.database, clock: systemClock, isSteady: () => true };
    for (const claimSome of [claimDue, claimUnderWay]) assert.deepEqual(await claimSome(another, 10), []);
    relatch.proxy?.resume();
    await relatch.rotation.scheduler.idle();
    await assertNothingLost(relatch, [connection]);
  });
});

Deno.test("a journal keeps an answer whose connection this database does not know, or knows in an older state", async () => {
  await withStage(async ({ relatch, rotateIntoOutage }) => {
    await rotateIntoOutage();
    await relatch.rotation.stop();
    const [entry] = await relatch.journal.read();
    assert.ok(entry?.answer);
    await relatch.journal.remove(entry);
    await relatch.journal.write({ ...entry.answer, connectionId: crypto.randomUUID() });
    await relatch.journal.write({ ...entry.answer, generation: "7" });
    await replay(relatch);
    assert.equal((await relatch.journal.read()).length, 2);
  });
});
