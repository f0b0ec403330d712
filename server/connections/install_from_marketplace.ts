/** Stores an install that HighLevel started. Nobody gets a session from it: a private flow later adopts the same row. */
import type { ConnectError } from "#shared/connect_error.ts";
import type { EncryptionKeys } from "../crypto/encryption_keys.ts";
import type { Database } from "../db/connect_database.ts";
import type { ExchangeFailure, Install } from "../highlevel/token_answer.ts";
import { failure, type Result, success } from "../result.ts";
import { connectErrorFor } from "./complete_attempt.ts";
import { saveInstall } from "./save_install.ts";

export interface MarketplaceInstallOptions {
  readonly database: Database;
  readonly keys: EncryptionKeys;
  readonly exchange: () => Promise<Result<Install, ExchangeFailure>>;
}

/** The connection's id. Like a private flow, it does not spend the code while the database cannot be reached. */
export async function installFromMarketplace(
  { database, keys, exchange }: MarketplaceInstallOptions,
): Promise<Result<string, ConnectError>> {
  await database`SELECT 1`;
  const exchanged = await exchange();
  if (!exchanged.ok) return failure(connectErrorFor(exchanged.failure));
  const install = exchanged.value;
  return success(
    await database.begin((tx) => saveInstall(tx, { install, keys, cause: "marketplace_install" })),
  );
}
