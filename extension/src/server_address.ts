/** Which text is the address of a Relatch server, and how its URLs are built. */

/** Credentials travel to this address, so it is https, except on the machine itself. */
const LOCAL_HOSTS: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/**
 * - `not_a_url`: not an absolute http or https URL
 * - `insecure`: http to another machine
 * - `extra_parts`: user name, query or fragment, which no server address has
 */
export type ServerAddressProblem = "not_a_url" | "insecure" | "extra_parts";

export type ParsedServerAddress = { ok: true; server: string } | { ok: false; reason: ServerAddressProblem };

/** Judges a typed address; `server` comes without a slash at its end. */
export function parseServerAddress(text: string): ParsedServerAddress {
  const trimmed = text.trim();
  if (!/^https?:\/\//i.test(trimmed) || !URL.canParse(trimmed)) return { ok: false, reason: "not_a_url" };
  const url = new URL(trimmed);
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    return { ok: false, reason: "extra_parts" };
  }
  if (url.protocol === "http:" && !LOCAL_HOSTS.includes(url.hostname)) {
    return { ok: false, reason: "insecure" };
  }
  return { ok: true, server: url.origin + url.pathname.replace(/\/+$/, "") };
}

/** What people recognise a server by: host and port. */
export function serverHost(server: string): string {
  return new URL(server).host;
}
