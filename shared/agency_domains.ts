/** The addresses under which agencies show HighLevel to their people, as far as a session may know them. */
import * as v from "valibot";

/** A host name without scheme or port, in lower case: `app.northlight.example`. */
export const AgencyDomain = v.pipe(
  v.string(),
  v.toLowerCase(),
  v.maxLength(253),
  v.regex(
    /^(?=.*\.)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    "Expected a host name",
  ),
);

/** Body of `GET /api/agency-domains`: one entry for each white-labelled agency of the session's connections. */
export const AgencyDomains = v.object({
  domains: v.array(v.object({
    companyId: v.string(),
    companyName: v.nullable(v.string()),
    domain: AgencyDomain,
  })),
});
export type AgencyDomains = v.InferOutput<typeof AgencyDomains>;
