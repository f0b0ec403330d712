/**
 * The way from a code to its tokens in the database: no code is spent whose tokens could not be stored, and no tokens
 * are dropped because the database is away for a moment.
 */
import type { ConnectError } from "#shared/connect_error.ts";
import type { Database, Transaction } from "../db/connect_database.ts";
import { readDatabaseTime } from "../db/database_time.ts";
import { retryWhileUnavailable, withinDeadline } from "../db/database_unavailable.ts";
import type { ExchangeFailure, Install } from "../highlevel/token_answer.ts";
import { failure, type Result, success } from "../result.ts";

/** How long the database may take to say that it is there. */
const DATABASE_MILLISECONDS = 5000;
/** Tokens that were paid for with a code are worth some waiting: a restart of the database takes seconds. */
const STORE_MILLISECONDS = 10_000;

/** One exchange, bound to its code. */
export type Exchange = () => Promise<Result<Install, ExchangeFailure>>;

/** What a person is told of a refused exchange; each of them is a {@linkcode ConnectError}. */
export type InstallRefusal = Extract<
  ConnectError,
  "code_rejected" | "operator_action_required" | "location_inactive" | "highlevel_unavailable"
>;

/** An install with the time at which it was asked for. */
export interface ObtainedInstall {
  readonly install: Install;
  /** Before the code was sent, by the database's clock: whatever happened afterwards may be newer than these tokens. */
  readonly beganAt: Date;
}

/** Asks the database first, since a code works once. Throws when the database fails; the code is not spent then. */
export async function obtainInstall(
  database: Database,
  exchange: Exchange,
): Promise<Result<ObtainedInstall, InstallRefusal>> {
  const beganAt = await withinDeadline(readDatabaseTime(database), DATABASE_MILLISECONDS);
  const exchanged = await exchange();
  return exchanged.ok
    ? success({ install: exchanged.value, beganAt })
    : failure(installRefusalFor(exchanged.failure.reason));
}

/** Stores what was obtained, in one transaction that is tried again while the database is away. */
export async function storeInstall<T>(
  database: Database,
  store: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return await retryWhileUnavailable(async () => {
    let stored: { value: T } | undefined;
    const transaction = database.begin(async (tx) => {
      stored = { value: await store(tx) };
    });
    await withinDeadline(transaction, STORE_MILLISECONDS);
    if (stored === undefined) throw new Error("Cannot store an install: the transaction did not run");
    return stored.value;
  }, STORE_MILLISECONDS);
}

function installRefusalFor(reason: ExchangeFailure["reason"]): InstallRefusal {
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
