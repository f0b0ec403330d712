/** Turns the authorization code of a private flow into stored tokens and a grant code for the extension. */
import type { ConnectError } from "#shared/connect_error.ts";
import type { EncryptionKeys } from "../crypto/encryption_keys.ts";
import type { Database } from "../db/connect_database.ts";
import type { ExchangeFailure, Install } from "../highlevel/token_answer.ts";
import { failure, type Result, success } from "../result.ts";
import { createGrantCode } from "./grant_code.ts";
import { saveInstall } from "./save_install.ts";

export interface CompleteAttemptOptions {
  readonly database: Database;
  readonly keys: EncryptionKeys;
  readonly codeChallenge: string;
  readonly exchange: () => Promise<Result<Install, ExchangeFailure>>;
}

/** A finished attempt: what was connected, and the code by which the extension collects it within 60 seconds. */
export interface CompletedAttempt {
  readonly connectionId: string;
  readonly grantCode: string;
}

/**
 * Asks the database first: a code works once, so it is not spent while its tokens could not be stored. Throws when
 * the database fails; then the person has to start again.
 */
export async function completeAttempt(
  { database, keys, codeChallenge, exchange }: CompleteAttemptOptions,
): Promise<Result<CompletedAttempt, ConnectError>> {
  await database`SELECT 1`;
  const exchanged = await exchange();
  if (!exchanged.ok) return failure(connectErrorFor(exchanged.failure));
  return await database.begin(async (tx) => {
    const connectionId = await saveInstall(tx, { install: exchanged.value, keys, cause: "private_flow" });
    return success({ connectionId, grantCode: await createGrantCode(tx, { connectionId, codeChallenge }) });
  });
}

/** What the extension is told of a refused exchange. */
export function connectErrorFor(reason: ExchangeFailure): ConnectError {
  switch (reason) {
    case "code_rejected":
      return "code_rejected";
    case "client_rejected":
      return "operator_action_required";
    case "location_inactive":
      return "location_inactive";
    case "unavailable":
    case "unusable_answer":
      return "highlevel_unavailable";
  }
}
