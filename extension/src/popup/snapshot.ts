/** Everything stored that the popup needs for a view, read in one go. */
import type { Attempt } from "../attempt.ts";
import { readAttempt } from "../attempt_store.ts";
import { readServer } from "../server_setting.ts";
import { readSession, type StoredSession } from "../session_store.ts";
import { type KnownStatus, readKnownStatus } from "../status_store.ts";
import type { StorageArea } from "../storage_area.ts";
import { type Page, viewedLocationId } from "./viewed_location.ts";

export type Snapshot = {
  attempt: Attempt | null;
  server: string;
  session: StoredSession | null;
  locationId: string | null;
  known: KnownStatus | null;
};

export type SnapshotSources = { local: StorageArea; session: StorageArea; builtInServer: string };

export async function readSnapshot(sources: SnapshotSources, page: Page): Promise<Snapshot> {
  const { local } = sources;
  const [attempt, server] = await Promise.all([
    readAttempt(sources.session),
    readServer(local, sources.builtInServer),
  ]);
  const session = await readSession(local, server);
  const locationId = viewedLocationId(page, attempt);
  const known = session === null || locationId === null
    ? null
    : await readKnownStatus(local, { sessionId: session.id, locationId });
  return { attempt, server, session, locationId, known };
}
