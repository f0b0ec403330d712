/** How the text of each kind of setting is judged. The messages say what is expected, and never quote the value. */
import { BlockList, isIP } from "node:net";
import * as v from "valibot";

/** Setting lists are separated by commas, with or without spaces; an empty one is an empty list. */
const List = v.pipe(
  v.string(),
  v.transform((text) => text.split(",").map((entry) => entry.trim()).filter((entry) => entry !== "")),
);

export const HttpUrl = v.pipe(
  v.string(),
  v.check((text) => isHttpUrl(text), 'Expected an address that starts with "https://" or "http://"'),
);

export const Origin = v.pipe(
  HttpUrl,
  v.check((text) => isOrigin(text), "Expected an address without a path, a query or a user name"),
  v.transform((text) => new URL(text).origin),
);

export const Port = v.pipe(
  v.string(),
  v.regex(/^\d{1,5}$/, "Expected a port number from 0 to 65535"),
  v.transform(Number),
  v.maxValue(65_535, "Expected a port number from 0 to 65535"),
);

/** The portal refuses redirect URLs that name HighLevel's brands, so a path with one cannot be registered. */
export const CallbackPath = v.pipe(
  v.string(),
  v.regex(/^(\/(?!\.{1,2}(\/|$))[\w.~-]+)+$/, 'Expected a path such as "/oauth/callback"'),
  v.check((path) => !/highlevel|ghl/i.test(path), "Expected a path without HighLevel's brand words"),
  v.check(
    (path) => !/^\/(connect|api|webhooks|healthz|readyz)(\/|$)/.test(path),
    "Expected a path of its own",
  ),
);

export const Host = v.pipe(v.string(), v.regex(/^[\w.:-]+$/, "Expected an IP address or a host name"));

export const DatabaseUrl = v.pipe(
  v.string(),
  v.regex(/^postgres(ql)?:\/\//, 'Expected an address that starts with "postgres://"'),
  v.check((text) => URL.canParse(text), "Expected an address that can be parsed"),
  v.check((text) => new URL(text).username !== "", "Expected an address with a user name"),
);

export const Scopes = v.pipe(
  v.string(),
  v.transform((text) => text.split(/\s+/).filter((scope) => scope !== "")),
  v.minLength(1, "Expected at least one scope, separated by spaces"),
  v.everyItem(
    (scope) => /^[\w./-]+$/.test(scope),
    "Expected scope names separated by spaces, without commas or quotes",
  ),
);

export const ClientId = v.pipe(
  v.string(),
  v.regex(
    /^[0-9a-f]{24}-[0-9a-z]{1,32}$/,
    'Expected the client id from the portal, "<24 hex>-<letters and digits>"',
  ),
);

export const Switch = v.pipe(
  v.picklist(["true", "false"], 'Expected "true" or "false"'),
  v.transform((text) => text === "true"),
);

export const PublicKeys = v.pipe(
  List,
  v.minLength(1, "Expected at least one public key"),
  v.mapItems((entry) => entry.replace(/-----(BEGIN|END) PUBLIC KEY-----|\s|\\n/g, "")),
  v.everyItem(
    (entry) => isEd25519Key(entry),
    "Expected Ed25519 public keys, as PEM or base64 SPKI, separated by commas",
  ),
  v.mapItems((entry) => Uint8Array.fromBase64(entry)),
);

export const ApiKeys = v.pipe(
  List,
  v.everyItem(
    (entry) => /^[\w.-]+:[0-9a-f]{64}$/.test(entry),
    'Expected "name:sha256hex" pairs, separated by commas',
  ),
  v.mapItems((entry) => {
    const [name = "", digest = ""] = entry.split(":");
    return { name, digest: Uint8Array.fromHex(digest) };
  }),
);

export const RedirectUrls = v.pipe(
  List,
  v.minLength(1, "Expected at least one redirect URL"),
  v.everyItem((entry) => isHttpUrl(entry), "Expected exact redirect URLs, separated by commas"),
  v.everyItem(
    (entry) => isFreeForOutcome(entry),
    "Expected redirect URLs without a fragment, code, error or state",
  ),
);

export const TrustedProxies = v.pipe(
  List,
  v.everyItem(
    (entry) => isAddressRange(entry),
    "Expected IP addresses or ranges in CIDR form, separated by commas",
  ),
  v.transform((entries) => addressBlockList(entries)),
);

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** The outcome of an attempt is put into the query, so it must not be there already. */
function isFreeForOutcome(text: string): boolean {
  const { hash, searchParams } = new URL(text);
  return hash === "" && !["code", "error", "state"].some((name) => searchParams.has(name));
}

function isOrigin(text: string): boolean {
  if (!isHttpUrl(text)) return false;
  const url = new URL(text);
  return url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "" &&
    url.password === "";
}

/** SPKI of an Ed25519 key: a fixed prefix of 12 bytes and 32 bytes of key (RFC 8410). */
function isEd25519Key(text: string): boolean {
  return /^MCowBQYDK2VwAyEA[A-Za-z0-9+/]{43}=$/.test(text);
}

function isAddressRange(text: string): boolean {
  const [address = "", prefix, ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
}

function addressBlockList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries.filter(isAddressRange)) {
    const [address = "", prefix] = entry.split("/");
    const family = isIP(address) === 4 ? "ipv4" : "ipv6";
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}
