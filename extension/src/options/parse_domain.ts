/** Which typed text is a domain that can be allowed. An address that was copied from the browser is one too. */
import { AgencyDomain } from "#shared/agency_domains.ts";
import * as v from "valibot";

/**
 * - `not_a_domain`: no host name with a dot in it
 * - `insecure`: http, where nothing is ever allowed
 * - `wildcard`: more than one domain
 */
export type DomainProblem = "not_a_domain" | "insecure" | "wildcard";

export type ParsedDomain = { ok: true; domain: string } | { ok: false; reason: DomainProblem };

export function parseDomain(text: string): ParsedDomain {
  const trimmed = text.trim();
  if (trimmed.includes("*")) return { ok: false, reason: "wildcard" };
  if (/^http:/i.test(trimmed)) return { ok: false, reason: "insecure" };
  const address = /^https:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  if (!URL.canParse(address)) return { ok: false, reason: "not_a_domain" };
  const { host, username } = new URL(address);
  // A top-level domain of digits makes it an IP address. A port does not pass as a host name.
  const isDomain = v.is(AgencyDomain, host) && /\.[^.]*[a-z][^.]*$/.test(host) && username === "";
  return isDomain ? { ok: true, domain: host } : { ok: false, reason: "not_a_domain" };
}
