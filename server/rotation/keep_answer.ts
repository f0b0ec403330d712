/**
 * Brings an answer of HighLevel into the database, however long that is away. A refresh token that was used up and whose
 * successor is lost costs a person an installation, so the answer is held until it is stored, or lies in the journal.
 */
import type { EncryptionKeys } from "../crypto/encryption_keys.ts";
import { errorFields, type Logger } from "../log.ts";
import type { JournalEntry, RecoveryJournal } from "./recovery_journal.ts";
import type { RotationClock } from "./rotation_clock.ts";
import type { ReachStep } from "./steps.ts";
import {
  type RotationAnswer,
  type RotationCause,
  sealAnswer,
  type StoreOutcome,
  type StoreTokens,
} from "./store_tokens.ts";

/** A commit takes milliseconds. One that takes this long may be waiting for a database that is gone. */
const JOURNAL_AFTER_MILLISECONDS = 500;
const FIRST_PAUSE_MILLISECONDS = 50;
const LONGEST_PAUSE_MILLISECONDS = 1000;

export interface KeepAnswerOptions {
  readonly storeTokens: StoreTokens;
  readonly keys: EncryptionKeys;
  readonly journal: RecoveryJournal;
  readonly logger: Logger;
  readonly clock: RotationClock;
  readonly reach: ReachStep;
  /** Aborted when the process has to end. */
  readonly stopping: AbortSignal;
}

/**
 * Resolves when the answer is stored, superseded, or, with the process stopping and the database away, left in the
 * journal for the next start. Never throws.
 */
export async function keepAnswer(
  { storeTokens, keys, journal, logger, clock, reach, stopping }: KeepAnswerOptions,
  answer: RotationAnswer,
  cause: RotationCause,
): Promise<StoreOutcome | "left_in_journal"> {
  const { connectionId } = answer;
  const sealed = sealAnswer(keys, answer);
  let writing: Promise<JournalEntry | undefined> | undefined;

  /** Once; tried again by the next call when it failed. */
  function secure(): Promise<JournalEntry | undefined> {
    return writing ??= journal.write(answer).then(async (entry) => {
      logger.warn("answer_journaled", { connection_id: connectionId });
      await reach("journaled", connectionId);
      return entry;
    }).catch((error: unknown) => {
      logger.error("journal_failed", { connection_id: connectionId, ...errorFields(error) });
      writing = undefined;
      return undefined;
    });
  }

  await reach("storing", connectionId);
  const slow = setTimeout(secure, JOURNAL_AFTER_MILLISECONDS);
  try {
    for (let pause = FIRST_PAUSE_MILLISECONDS;; pause = Math.min(2 * pause, LONGEST_PAUSE_MILLISECONDS)) {
      try {
        const outcome = await storeTokens({ sealed, cause });
        clearTimeout(slow);
        await reach("stored", connectionId);
        // Without its row, the answer may belong to another state of the database: it stays where it can be found.
        const entry = outcome === "unknown_row" ? undefined : await writing;
        if (outcome === "unknown_row") await secure();
        if (entry !== undefined) await journal.remove(entry).catch(noteLeftover);
        return outcome;
      } catch (error) {
        if (writing === undefined) {
          logger.error("answer_not_stored", { connection_id: connectionId, ...errorFields(error) });
        }
        const entry = await secure();
        if (stopping.aborted && entry !== undefined) return "left_in_journal";
      }
      await clock.delay(pause);
    }
  } finally {
    clearTimeout(slow);
  }

  /** The next start finds the file and sees that the row has moved on. */
  function noteLeftover(error: unknown): void {
    logger.warn("journal_not_cleared", { connection_id: connectionId, ...errorFields(error) });
  }
}
