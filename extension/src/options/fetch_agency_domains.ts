/** Asks the server for the domains at which the agencies of this session show HighLevel. */
import { AgencyDomains } from "#shared/agency_domains.ts";
import { AGENCY_DOMAINS_PATH } from "#shared/endpoints.ts";
import { askFor } from "../ask_for.ts";
import type { Fetch } from "../server_answer.ts";
import type { StoredSession } from "../session_store.ts";

const TIMEOUT_MS = 10_000;

export type OfferedDomain = AgencyDomains["domains"][number];

/** Null when the server did not answer as it should. A session that has ended is offered nothing. */
export async function fetchAgencyDomains(
  fetch: Fetch,
  session: StoredSession,
): Promise<OfferedDomain[] | null> {
  const path = AGENCY_DOMAINS_PATH;
  const answer = await askFor(fetch, { session, path, schema: AgencyDomains, timeoutMs: TIMEOUT_MS });
  if (answer.kind === "session_ended") return [];
  return answer.kind === "answered" ? answer.body.domains : null;
}
