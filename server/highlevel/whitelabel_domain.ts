/** The domain under which an agency shows HighLevel as its own product, from webhooks and installer details. */
import * as v from "valibot";
import { AgencyDomain } from "#shared/agency_domains.ts";

/** `domain` of HighLevel's `whitelabelDetails`, which is `{}` for an agency without a brand of its own. */
export function parseWhitelabel(value: unknown): string | null {
  return typeof value === "object" && value !== null && "domain" in value ? parseDomain(value.domain) : null;
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
