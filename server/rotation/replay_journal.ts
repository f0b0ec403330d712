/** Stores the answers that an earlier process had to leave behind. Before anything else: a token among them may be due. */
import type { EncryptionKeys } from "../crypto/encryption_keys.ts";
import type { Database } from "../db/connect_database.ts";
import type { Logger } from "../log.ts";
import type { RecoveryJournal } from "./recovery_journal.ts";
import { sealAnswer, storeTokens } from "./store_tokens.ts";

/**
 * Each answer is stored by the same compare-and-set as at first, and its file removed. A file that does not open, or
 * whose connection this database does not know in that state, is left where it is, and told of. Throws when the database
 * fails: then nothing is lost, and the next start tries again.
 */
export async function replayJournal(
  { journal, database, keys, logger }: {
    journal: RecoveryJournal;
    database: Database;
    keys: EncryptionKeys;
    logger: Logger;
  },
): Promise<void> {
  for (const entry of await journal.read()) {
    const { answer, path } = entry;
    if (answer === undefined) {
      logger.error("journal_unreadable", { path });
      continue;
    }
    const [outcome] = await storeTokens(database, [
      { sealed: sealAnswer(keys, answer), cause: "recovery_journal" },
    ]);
    const isPlaced = outcome !== "unknown_row";
    logger[isPlaced ? "warn" : "error"](isPlaced ? "answer_recovered" : "journal_of_another_database", {
      connection_id: answer.connectionId,
      outcome,
      path,
    });
    if (isPlaced) await journal.remove(entry);
  }
}
