/** The servers of a chaos run: their settings, and clocks that go wrong by days. */
import { createHash } from "node:crypto";
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from "../simulator/default_settings.ts";
import { freePort } from "../support/server_process.ts";
import type { LogRecord } from "./log_record.ts";
import { createSeededRandom } from "./seeded_random.ts";
import { publicUrlOf, type ServerSlot, startServerSlot } from "./server_slot.ts";
import type { Tally } from "./tally.ts";

/** Sees every connection. */
export const API_KEY = "relatch-chaos-run";

export interface ChaosServersOptions {
  readonly seed: string;
  /** One server for each. */
  readonly dataFolders: readonly string[];
  readonly databaseUrl: string;
  readonly encryptionKeys: string;
  /** The simulator's pages, and its API behind the door. */
  readonly authorizeUrl: string;
  readonly apiUrl: string;
  /** PEM. */
  readonly webhookPublicKey: string;
  readonly courtUrl: string;
  readonly record: LogRecord;
  readonly ends: Tally;
  readonly onViolation: (what: string) => void;
}

const SCOPES =
  "contacts.readonly contacts.write oauth.readonly oauth.write marketplace-installer-details.readonly";
const MINUTE_MILLISECONDS = 60_000;
const MOST_SKEWED_MINUTES = 3 * 24 * 60;

export function startChaosServers(stack: AsyncDisposableStack, options: ChaosServersOptions): ServerSlot[] {
  const { seed, record, ends, onViolation } = options;
  const dice = createSeededRandom(`${seed} clocks`);
  const settings = {
    DATABASE_URL: options.databaseUrl,
    TOKEN_ENCRYPTION_KEYS: options.encryptionKeys,
    HIGHLEVEL_CLIENT_ID: DEFAULT_CLIENT_ID,
    HIGHLEVEL_CLIENT_SECRET: DEFAULT_CLIENT_SECRET,
    HIGHLEVEL_SCOPES: SCOPES,
    HIGHLEVEL_AUTHORIZE_URL: options.authorizeUrl,
    HIGHLEVEL_API_URL: options.apiUrl,
    HIGHLEVEL_WEBHOOK_PUBLIC_KEYS: options.webhookPublicKey,
    API_KEYS: `chaos:${createHash("sha256").update(API_KEY).digest("hex")}`,
    TRUSTED_PROXIES: "127.0.0.1",
    CHAOS_COURT_URL: options.courtUrl,
  };
  return options.dataFolders.map((dataFolder, index): ServerSlot => {
    const port = freePort();
    const slot = startServerSlot({
      name: `server-${index + 1}`,
      port,
      seed,
      record,
      ends,
      onViolation,
      settings: {
        ...settings,
        PUBLIC_URL: publicUrlOf(port),
        DATA_DIR: dataFolder,
        CHAOS_SKEW_MILLISECONDS: String(skewMilliseconds(index, dice.next())),
      },
    });
    stack.defer(() => slot.end());
    return slot;
  });
}

/** Minutes for the first server, up to days for the others, both ways. */
function skewMilliseconds(index: number, dice: number): number {
  const most = index === 0 ? 15 : MOST_SKEWED_MINUTES;
  return Math.round((2 * dice - 1) * most * MINUTE_MILLISECONDS);
}
