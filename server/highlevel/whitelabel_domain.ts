/** The domain under which an agency shows HighLevel as its own product, from webhooks and installer details. */
import * as v from "valibot";
import { AgencyDomain } from "#shared/agency_domains.ts";

/** The two fields with which HighLevel tells of a brand; `details` is `{}` for an agency without one. */
export interface WhitelabelFields {
  readonly isWhitelabel: unknown;
  readonly details: unknown;
}

/**
 * The domain; `null` for an agency that has none, and `undefined` where nothing is told: no fields, or a brand whose domain is
 * missing or cannot be one.
 */
export function parseWhitelabel({ isWhitelabel, details }: WhitelabelFields): string | null | undefined {
  if (isWhitelabel === false) return null;
  if (typeof details !== "object" || details === null || Array.isArray(details)) return undefined;
  if ("domain" in details) return parseDomain(details.domain) ?? undefined;
  return isWhitelabel !== true && Object.keys(details).length === 0 ? null : undefined;
}

/** The host of a domain or of an address, in lower case; `null` for an IP address and whatever else is none. */
export function parseDomain(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const text = value.trim();
  // The URL parser would silently drop line breaks and tabs.
  if (/\s/.test(text)) return null;
  const url = URL.parse(/^https?:\/\//i.test(text) ? text : `https://${text}`);
  if (url === null || url.username !== "" || url.password !== "") return null;
  const host = url.hostname.replace(/\.$/, "");
  const parsed = v.safeParse(AgencyDomain, host);
  return parsed.success && !/\.\d+$/.test(host) ? parsed.output : null;
}
