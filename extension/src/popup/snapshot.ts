/** Everything stored that the popup needs for a view, read in one go. */
import type { Attempt } from "../attempt.ts";
import { readAttempt } from "../attempt_store.ts";
import { readServer, SERVER_KEY } from "../server_setting.ts";
import { readSession, SESSION_KEY, type StoredSession } from "../session_store.ts";
import { type KnownStatus, readKnownStatus, STATUSES_KEY } from "../status_store.ts";
import { readTogether, type StorageArea } from "../storage_area.ts";
import { type Page, viewedLocationId } from "./viewed_location.ts";

export type Snapshot = {
  attempt: Attempt | null;
  server: string;
  session: StoredSession | null;
  locationId: string | null;
  known: KnownStatus | null;
};

export type SnapshotSources = { local: StorageArea; session: StorageArea; builtInServer: string };

/** `page` may still be under way: the first paint waits for the slowest answer, and not for one after the other. */
export async function readSnapshot(sources: SnapshotSources, page: Page | Promise<Page>): Promise<Snapshot> {
  const local = readTogether(sources.local, [SERVER_KEY, SESSION_KEY, STATUSES_KEY]);
  const [attempt, server, shown] = await Promise.all([
    readAttempt(sources.session),
    readServer(local, sources.builtInServer),
    page,
  ]);
  const session = await readSession(local, server);
  const locationId = viewedLocationId(shown, attempt);
  const known = session === null || locationId === null
    ? null
    : await readKnownStatus(local, { sessionId: session.id, locationId });
  return { attempt, server, session, locationId, known };
}
