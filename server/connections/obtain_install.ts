/** Exchanges an authorization code, but only while what comes of it could be stored. */
import type { ConnectError } from "#shared/connect_error.ts";
import type { Database } from "../db/connect_database.ts";
import type { ExchangeFailure, Install } from "../highlevel/token_answer.ts";
import { failure, type Result } from "../result.ts";

/** One exchange, bound to its code. */
export type Exchange = () => Promise<Result<Install, ExchangeFailure>>;

/** Asks the database first, since a code works once. Throws when the database fails; the code is not spent then. */
export async function obtainInstall(
  database: Database,
  exchange: Exchange,
): Promise<Result<Install, ConnectError>> {
  await database`SELECT 1`;
  const exchanged = await exchange();
  return exchanged.ok ? exchanged : failure(connectErrorFor(exchanged.failure));
}

/** What a person is told of a refused exchange. */
function connectErrorFor(reason: ExchangeFailure): ConnectError {
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
