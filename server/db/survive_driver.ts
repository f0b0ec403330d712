/**
 * postgres.js 3.4.9 can write to a connection that closed in the same turn, in a callback where nobody can catch it:
 * that would end the process. Its connection is of no use afterwards, since what it has to say is never sent.
 */
import { errorFields, type Logger } from "../log.ts";
import { renewAllConnections } from "./connect_database.ts";

/** From now on, such a failure is told of, and all connections are replaced. Every other error ends the process as ever. */
export function surviveDriver(logger: Logger): void {
  globalThis.addEventListener("error", (event) => {
    if (!isWriteToClosedConnection(event.error)) return;
    event.preventDefault();
    logger.warn("database_driver_failed", errorFields(event.error));
    renewAllConnections();
  });
}

function isWriteToClosedConnection(error: unknown): boolean {
  if (!(error instanceof TypeError)) return false;
  return /\bnextWrite\b.*\bpostgres\/src\/connection\.js/.test(error.stack ?? "");
}
