/** What every rotation of a process works with. */
import type { HighLevelApp } from "../config.ts";
import type { EncryptionKeys } from "../crypto/encryption_keys.ts";
import type { Logger } from "../log.ts";
import type { CallGate } from "./call_gate.ts";
import type { ClaimContext } from "./claim.ts";
import type { RecoveryJournal } from "./recovery_journal.ts";
import type { ReachStep } from "./steps.ts";
import type { StoreTokens } from "./store_tokens.ts";

export interface RotationDependencies extends ClaimContext {
  readonly app: HighLevelApp;
  readonly keys: EncryptionKeys;
  /** It must not repeat a call by itself: what it then says of the last one hides what became of the first. */
  readonly fetch: typeof fetch;
  readonly storeTokens: StoreTokens;
  readonly logger: Logger;
  readonly journal: RecoveryJournal;
  readonly gate: CallGate;
  readonly random: () => number;
  readonly reach: ReachStep;
  /** Connections whose new tokens this process holds and has not stored yet. */
  readonly inHand: Set<string>;
  /** Aborted when the process has to end: no token is presented again, and answers may be left in the journal. */
  readonly stopping: AbortSignal;
}
