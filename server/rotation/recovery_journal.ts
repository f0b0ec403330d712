/**
 * Answers of HighLevel that the database did not take at once, sealed, one file each, flushed to the disk: they outlive
 * this process. Whoever stores an answer removes its file.
 */
import { join } from "node:path";
import * as v from "valibot";
import type { EncryptionKeys } from "../crypto/encryption_keys.ts";
import { open, seal } from "../crypto/seal.ts";
import { unlessMissing } from "../db/unless_missing.ts";
import { DRAFT_SUFFIX, writeDurably } from "../db/write_durably.ts";
import type { RotationAnswer } from "./store_tokens.ts";

const FOLDER = "recovery";
const SEALED_FOR = "recovery_journal";
/** Writing one takes moments: whoever began a draft of this age was killed, and it was never promised to anybody. */
const ABANDONED_MILLISECONDS = 10 * 60_000;

export interface JournalEntry {
  readonly path: string;
}

/** A file of the journal: `answer` is `undefined` for one that does not open with the configured keys. */
export interface ReadEntry extends JournalEntry {
  readonly answer: RotationAnswer | undefined;
}

export interface RecoveryJournal {
  /** Resolves when the answer is on the disk. */
  write(answer: RotationAnswer): Promise<JournalEntry>;
  /** Another process may have been quicker: then nothing happens. */
  remove(entry: JournalEntry): Promise<void>;
  /** Everything that is there now. */
  read(): Promise<readonly ReadEntry[]>;
}

const NullableText = v.nullable(v.string());
const StoredAnswer = v.object({
  connectionId: v.string(),
  generation: v.string(),
  presentedToken: v.string(),
  tokens: v.object({
    accessToken: v.string(),
    refreshToken: v.string(),
    expiresIn: v.number(),
    scopes: v.array(v.string()),
    locationId: NullableText,
    companyId: NullableText,
    userId: NullableText,
  }),
  obtainedAt: v.pipe(v.string(), v.transform((text) => new Date(text))),
});

/**
 * The journal in the folder `recovery` of the data folder. Several processes may use the same one. Throws when the
 * folder cannot be written: a server that could not keep its promise should not start.
 */
export async function openRecoveryJournal(
  { dataDirectory, keys }: { dataDirectory: string; keys: EncryptionKeys },
): Promise<RecoveryJournal> {
  const directory = join(dataDirectory, FOLDER);
  try {
    await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
    const probe = join(directory, `${crypto.randomUUID()}${DRAFT_SUFFIX}`);
    await Deno.writeTextFile(probe, "", { createNew: true });
    await removeAbandoned(directory, probe);
    await Deno.remove(probe);
  } catch (cause) {
    throw new Error(`Cannot write the recovery journal in "${directory}"`, { cause });
  }

  async function readEntry(path: string): Promise<ReadEntry | undefined> {
    const sealed = await unlessMissing(Deno.readFile(path));
    if (sealed === undefined) return undefined;
    try {
      return { path, answer: v.parse(StoredAnswer, JSON.parse(open(keys, sealed, SEALED_FOR))) };
    } catch {
      return { path, answer: undefined };
    }
  }

  return {
    async write(answer) {
      const path = join(directory, `${answer.connectionId}.${answer.generation}.${crypto.randomUUID()}`);
      await writeDurably(path, seal(keys, JSON.stringify(answer), SEALED_FOR));
      return { path };
    },
    async remove({ path }) {
      await unlessMissing(Deno.remove(path));
    },
    async read() {
      const entries: ReadEntry[] = [];
      for await (const { name, isFile } of Deno.readDir(directory)) {
        // A draft was never promised to anybody, and one of a living process is about to be renamed.
        if (!isFile || name.endsWith(DRAFT_SUFFIX)) continue;
        const entry = await readEntry(join(directory, name));
        if (entry !== undefined) entries.push(entry);
      }
      return entries;
    },
  };
}

/** By the clock of the disk, which made the dates: `probe` was written just now. */
async function removeAbandoned(directory: string, probe: string): Promise<void> {
  const now = (await Deno.stat(probe)).mtime;
  for await (const { name } of Deno.readDir(directory)) {
    if (!name.endsWith(DRAFT_SUFFIX)) continue;
    const path = join(directory, name);
    const made = (await unlessMissing(Deno.stat(path)))?.mtime;
    const age = (now?.getTime() ?? 0) - (made?.getTime() ?? Infinity);
    if (age > ABANDONED_MILLISECONDS) await unlessMissing(Deno.remove(path));
  }
}
