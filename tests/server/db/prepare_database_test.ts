import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import * as v from "valibot";
import { createEncryptionKeyText, EncryptionKeysText } from "../../../server/crypto/encryption_keys.ts";
import { isDatabaseUnavailable } from "../../../server/db/database_unavailable.ts";
import { prepareDatabase } from "../../../server/db/prepare_database.ts";
import { surviveDriver } from "../../../server/db/survive_driver.ts";
import { createLogger } from "../../../server/log.ts";
import { startDatabaseProxy } from "../../support/database_proxy.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";

const postgres = testPostgresForFile();

const STARTS = 25;
/** A start takes about this long. */
const LONGEST_MILLISECONDS = 40;

Deno.test("a database that goes away at any moment of a start neither ends the process nor keeps it waiting", async () => {
  surviveDriver(createLogger({ level: "error", write: () => {} }));
  const { options } = await postgres.createDatabase();
  const configuredKeys = v.parse(EncryptionKeysText, createEncryptionKeyText("k1"));
  const start = (port: number) =>
    prepareDatabase({ ...options, port }, { configuredKeys, dataDirectory: "/nowhere" });
  await start(options.port);
  await using proxy = startDatabaseProxy({ hostname: options.host, port: options.port });
  for (let count = 0; count < STARTS; count++) {
    proxy.resume();
    const timer = setTimeout(() => proxy.refuse(), LONGEST_MILLISECONDS * count / STARTS);
    await start(proxy.port).catch((error: Error) =>
      assert.ok(isDatabaseUnavailable(error) || isDatabaseUnavailable(error.cause), error.message)
    );
    clearTimeout(timer);
  }
  proxy.resume();
  await delay(10);
  await start(proxy.port);
});
