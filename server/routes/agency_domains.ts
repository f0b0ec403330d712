/** `GET /api/agency-domains`: the hosts under which the agencies of the session's connections show HighLevel. */
import { Hono } from "hono";
import type { AgencyDomains } from "#shared/agency_domains.ts";
import { AGENCY_DOMAINS_PATH } from "#shared/endpoints.ts";
import { readAgencyDomains } from "../agencies/read_agency_domains.ts";
import type { AppDependencies } from "../app.ts";
import type { AppEnv } from "../http/context.ts";
import { requireSession } from "../http/live_session.ts";

export function agencyDomainsRoute({ database }: AppDependencies): Hono<AppEnv> {
  const route = new Hono<AppEnv>();
  route.get(AGENCY_DOMAINS_PATH, async (c) => {
    const sessionId = await requireSession(c, database);
    const body: AgencyDomains = { domains: await readAgencyDomains(database, sessionId) };
    return c.json(body);
  });
  return route;
}
