/** Which domains the options list: HighLevel's own, those that the person allowed, and those that agencies use. */
import type { OfferedDomain } from "./fetch_agency_domains.ts";

/**
 * - `built_in`: HighLevel's own, and allowed
 * - `missing`: HighLevel's own, and the browser does not allow it (yet)
 * - `allowed`: by the person
 * - `offered`: an agency of the person uses it, and it is not allowed
 */
export type Domain = {
  kind: "built_in" | "missing" | "allowed" | "offered";
  /** Match pattern, as the browser asks for it and lists it. */
  origin: string;
  /** What a person reads. */
  host: string;
  /** What an agency of the person says of it; null when none uses it. */
  offer: OfferedDomain | null;
};

export type DomainsInput = {
  /** Match patterns that the manifest names. */
  builtIn: readonly string[];
  /** Match patterns that the browser allows. */
  granted: readonly string[];
  offered: readonly OfferedDomain[];
};

export function originFor(domain: string): string {
  return `https://${domain}/*`;
}

export function domainsFor({ builtIn, granted, offered }: DomainsInput): Domain[] {
  const isGranted = (origin: string): boolean => granted.some((pattern) => covers(pattern, origin));
  // Two agencies may share a domain.
  const offers = new Map(offered.map((offer) => [originFor(offer.domain), offer]));
  const toDomain = (kind: Domain["kind"], origin: string): Domain => {
    return { kind, origin, host: shownAs(origin), offer: offers.get(origin) ?? null };
  };
  return [
    ...builtIn.map((origin) => toDomain(isGranted(origin) ? "built_in" : "missing", origin)),
    ...granted.filter((origin) => !builtIn.includes(origin)).sort().map((origin) =>
      toDomain("allowed", origin)
    ),
    ...[...offers.keys()].filter((origin) => !isGranted(origin)).map((origin) => toDomain("offered", origin)),
  ];
}

/** Whether the match pattern allows what `origin` names. A person can allow all sites at once in the browser itself. */
function covers(pattern: string, origin: string): boolean {
  const [, scheme, host = ""] = PATTERN.exec(pattern) ?? [];
  const [, , wanted = ""] = PATTERN.exec(origin) ?? [];
  if (pattern === "<all_urls>") return true;
  if (scheme !== "https" && scheme !== "*") return false;
  return host === "*" || host === wanted || (host.startsWith("*.") && `.${wanted}`.endsWith(host.slice(1)));
}

const PATTERN = /^(\*|https?):\/\/([^/]+)\/\*$/;

function shownAs(origin: string): string {
  const [, scheme, host = ""] = PATTERN.exec(origin) ?? [];
  return scheme === "https" && !host.includes("*") ? host : origin;
}
