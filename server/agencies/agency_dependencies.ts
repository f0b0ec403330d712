/** What everything works with that asks HighLevel's API about installs. */
import type { HighLevelApp } from "../config.ts";
import type { EncryptionKeys } from "../crypto/encryption_keys.ts";
import type { Database } from "../db/connect_database.ts";
import type { Logger } from "../log.ts";
import type { RotationClock } from "../rotation/rotation_clock.ts";
import type { Rotator } from "../rotation/rotator.ts";

export interface AgencyDependencies {
  readonly app: HighLevelApp;
  readonly keys: EncryptionKeys;
  readonly database: Database;
  readonly fetch: typeof fetch;
  readonly logger: Logger;
  /** Of installs: their own access tokens, and never minted ones. */
  readonly rotator: Rotator;
  readonly clock: RotationClock;
  readonly random: () => number;
  /** Aborted when the process has to end: nothing waits any more. */
  readonly stopping: AbortSignal;
}
