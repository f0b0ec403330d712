/** Stores an install that HighLevel started. Nobody gets a session from it: a private flow later adopts the same row. */
import type { EncryptionKeys } from "../crypto/encryption_keys.ts";
import type { Database } from "../db/connect_database.ts";
import { type Result, success } from "../result.ts";
import { type Exchange, type InstallRefusal, obtainInstall, storeInstall } from "./obtain_install.ts";
import { saveInstall } from "./save_install.ts";

export interface MarketplaceInstallOptions {
  readonly database: Database;
  readonly keys: EncryptionKeys;
  readonly clientId: string;
  readonly exchange: Exchange;
}

/** The connection's id. Throws when the database fails. */
export async function installFromMarketplace(
  { database, keys, clientId, exchange }: MarketplaceInstallOptions,
): Promise<Result<string, InstallRefusal>> {
  const install = await obtainInstall(database, exchange);
  if (!install.ok) return install;
  const save = { install: install.value, clientId, keys, cause: "marketplace_install" } as const;
  return success(await storeInstall(database, (tx) => saveInstall(tx, save)));
}
