import assert from "node:assert/strict";
import * as v from "valibot";
import {
  createEncryptionKeyText,
  type EncryptionKeys,
  EncryptionKeysText,
} from "../../../server/crypto/encryption_keys.ts";
import { SealError } from "../../../server/crypto/seal.ts";
import { checkEncryptionKeys } from "../../../server/db/check_encryption_keys.ts";
import { closeDatabase, connectDatabase, type Database } from "../../../server/db/connect_database.ts";
import { isMigrated, migrate } from "../../../server/db/migrate.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { connect, createTestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const postgres = testPostgresForFile();
const MIGRATIONS = await Array.fromAsync(
  Deno.readDir(new URL("../../../server/db/migrations/", import.meta.url)),
  ({ name }) => name.replace(/\.sql$/, ""),
);
MIGRATIONS.sort();

function createKeys(id: string): EncryptionKeys {
  return v.parse(EncryptionKeysText, createEncryptionKeyText(id));
}

async function withDatabase(
  use: (database: Database, connectAgain: () => Database) => Promise<void>,
): Promise<void> {
  const { options, drop } = await postgres.createDatabase();
  const pools: Database[] = [];
  const connectAgain = () => {
    const pool = connectDatabase(options);
    pools.push(pool);
    return pool;
  };
  try {
    await use(connectAgain(), connectAgain);
  } finally {
    await Promise.all(pools.map((pool) => closeDatabase(pool)));
    await drop();
  }
}

Deno.test("migrate() applies what is missing once", async () => {
  await withDatabase(async (database) => {
    assert.deepEqual(await migrate(database), MIGRATIONS);
    assert.ok(await isMigrated(database));
    assert.deepEqual(await migrate(database), []);
  });
});

Deno.test("migrate() in eight replicas that start together applies every migration once", async () => {
  await withDatabase(async (_, connectAgain) => {
    const applied = await Promise.all(Array.from({ length: 8 }, () => migrate(connectAgain())));
    assert.deepEqual(applied.flat(), MIGRATIONS);
  });
});

Deno.test("migrate() that fails names the migration, changes nothing and can be tried again", async () => {
  await withDatabase(async (database) => {
    await database`CREATE TABLE sessions (in_the_way int)`;
    await assert.rejects(migrate(database), /Cannot migrate the database with "0001_connections"/);
    const [row] = await database`SELECT to_regclass('connections') AS connections`;
    assert.equal(row?.connections, null);
    await database`DROP TABLE sessions`;
    assert.deepEqual(await migrate(database), MIGRATIONS);
  });
});

Deno.test("migrate() refuses a database that a newer server has migrated further", async () => {
  await withDatabase(async (database) => {
    await migrate(database);
    await database`INSERT INTO kysely_migration (name, timestamp) VALUES ('9999_from_the_future', now()::text)`;
    await assert.rejects(migrate(database), /Cannot migrate the database/);
  });
});

Deno.test("the history of a connection cannot be changed or removed", async () => {
  await using relatch = await createTestRelatch(postgres);
  await connect(relatch);
  await assert.rejects(
    relatch.database`UPDATE connection_events SET cause = 'other'`.execute(),
    /append-only/,
  );
  await assert.rejects(relatch.database`DELETE FROM connection_events`.execute(), /append-only/);
  await assert.rejects(relatch.database`TRUNCATE connection_events`.execute(), /append-only/);
});

Deno.test("checkEncryptionKeys() accepts the same keys again and takes a new one beside them", async () => {
  await withDatabase(async (database) => {
    await migrate(database);
    const [first] = createKeys("k1");
    const [second] = createKeys("k2");
    await checkEncryptionKeys(database, [first]);
    await checkEncryptionKeys(database, [first]);
    await checkEncryptionKeys(database, [second, first]);
  });
});

Deno.test("checkEncryptionKeys() refuses another key under a known id, names the id and changes nothing", async () => {
  await withDatabase(async (database) => {
    await migrate(database);
    await checkEncryptionKeys(database, createKeys("k1"));
    const before = await database`SELECT * FROM encryption_key_checks`;
    const [fresh] = createKeys("k2");
    const [wrong] = createKeys("k1");
    await assert.rejects(
      checkEncryptionKeys(database, [fresh, wrong]),
      (error) => error instanceof SealError && error.keyId === "k1",
    );
    assert.deepEqual([...await database`SELECT * FROM encryption_key_checks`], [...before]);
  });
});

Deno.test("checkEncryptionKeys() refuses to start without a key that stored tokens need, and names its id", async () => {
  await using relatch = await createTestRelatch(postgres);
  await connect(relatch);
  await assert.rejects(
    checkEncryptionKeys(relatch.database, createKeys("k2")),
    (error) => error instanceof SealError && error.keyId === "k1",
  );
  const [kept] = relatch.keys;
  await checkEncryptionKeys(relatch.database, [...createKeys("k2"), kept]);
});
