/** `GET /api/agency-domains`: the hosts under which the agencies of the session's connections show HighLevel. */
import { Hono } from "hono";
import type { AgencyDomains } from "#shared/agency_domains.ts";
import { AGENCY_DOMAINS_PATH } from "#shared/endpoints.ts";
import { readAgencyDomains } from "../agencies/read_agency_domains.ts";
import type { AppDependencies } from "../app.ts";
import { noSession, requireBearerToken } from "../http/bearer_token.ts";
import type { AppEnv } from "../http/context.ts";

export function agencyDomainsRoute({ database }: AppDependencies): Hono<AppEnv> {
  const route = new Hono<AppEnv>();
  route.get(AGENCY_DOMAINS_PATH, async (c) => {
    const domains = await readAgencyDomains(database, requireBearerToken(c));
    if (domains === undefined) return noSession();
    const body: AgencyDomains = { domains };
    return c.json(body);
  });
  return route;
}
