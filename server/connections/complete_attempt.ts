/** Turns the authorization code of a private flow into stored tokens and a grant code for the extension. */
import type { EncryptionKeys } from "../crypto/encryption_keys.ts";
import type { Database } from "../db/connect_database.ts";
import { type Result, success } from "../result.ts";
import { createGrantCode } from "./grant_code.ts";
import { type Exchange, type InstallRefusal, obtainInstall, storeInstall } from "./obtain_install.ts";
import type { AfterInstall } from "./install_from_marketplace.ts";
import { saveInstall } from "./save_install.ts";

export interface CompleteAttemptOptions {
  readonly database: Database;
  readonly keys: EncryptionKeys;
  readonly clientId: string;
  readonly exchange: Exchange;
  readonly codeChallenge: string;
  /** Awaited after the tokens are stored. */
  readonly afterStored: AfterInstall;
}

/** A finished attempt: what was connected, and the code by which the extension collects it within 60 seconds. */
export interface CompletedAttempt {
  readonly connectionId: string;
  readonly grantCode: string;
}

/** Tokens and grant code are stored together or not at all. Throws when the database fails. */
export async function completeAttempt(
  { database, keys, clientId, exchange, codeChallenge, afterStored }: CompleteAttemptOptions,
): Promise<Result<CompletedAttempt, InstallRefusal>> {
  const obtained = await obtainInstall(database, exchange);
  if (!obtained.ok) return obtained;
  const { install } = obtained.value;
  const completed = await storeInstall(database, async (tx) => {
    const connectionId = await saveInstall(tx, { ...obtained.value, clientId, keys, cause: "private_flow" });
    const { userId } = install;
    return { connectionId, grantCode: await createGrantCode(tx, { connectionId, userId, codeChallenge }) };
  });
  const { kind, companyId } = install;
  await afterStored({ connectionId: completed.connectionId, companyId, kind });
  return success(completed);
}
