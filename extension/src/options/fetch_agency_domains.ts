/** Asks the server for the domains at which the agencies of this session show HighLevel. */
import { AgencyDomains } from "#shared/agency_domains.ts";
import { AGENCY_DOMAINS_PATH } from "#shared/endpoints.ts";
import { askServer, type Fetch } from "../server_answer.ts";
import type { StoredSession } from "../session_store.ts";
import * as v from "valibot";

const TIMEOUT_MS = 10_000;

export type OfferedDomain = AgencyDomains["domains"][number];

/** Null when the server did not answer as it should. A session that has ended is offered nothing. */
export async function fetchAgencyDomains(
  fetch: Fetch,
  { server, token }: StoredSession,
): Promise<OfferedDomain[] | null> {
  const answer = await askServer(fetch, server + AGENCY_DOMAINS_PATH, { token, timeoutMs: TIMEOUT_MS });
  if (!answer.ok) return null;
  if (answer.status === 401) return [];
  const parsed = v.safeParse(AgencyDomains, answer.body);
  return answer.status === 200 && parsed.success ? parsed.output.domains : null;
}
