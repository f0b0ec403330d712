/** What the extension keeps in `storage.local` once somebody has signed in. */
import type { ConnectionStatus } from "#shared/connection_status.ts";
import { FAKE_LOCATION_ID, FAKE_TOKEN, hoursFromNow } from "../support/fake_relatch.ts";

/** A session at the server on `port`, and a status that it saw seven minutes ago. */
export function signedInStorage(port: number, known?: ConnectionStatus): Record<string, unknown> {
  const session = {
    id: "s1",
    server: `http://localhost:${port}`,
    token: FAKE_TOKEN,
    expiresAt: hoursFromNow(1000),
  };
  if (known === undefined) return { session };
  const entry = { locationId: FAKE_LOCATION_ID, status: known, checkedAt: Date.now() - 7 * 60_000 };
  return { session, statuses: { sessionId: "s1", entries: [entry] } };
}
