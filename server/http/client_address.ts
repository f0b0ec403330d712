/** Which address a request came from, as far as it can be trusted. */
import { type BlockList, isIP } from "node:net";
import type { AppContext } from "./context.ts";

/**
 * The address of the peer, or, when the peer is one of `trustedProxies`, the last entry of `X-Forwarded-For` that is
 * not a trusted proxy: entries further left were written by the client itself. IPv6 is cut to its /64, the smallest
 * network a client is given, so that it is one key for a rate limit.
 */
export function clientAddress(c: AppContext, trustedProxies: BlockList): string {
  let address = peerAddress(c);
  if (c.req.header("x-forwarded-for") === undefined) return keyOf(address);
  const forwarded = (c.req.header("x-forwarded-for") ?? "").split(",");
  while (isTrusted(address, trustedProxies)) {
    const previous = parseAddress(forwarded.pop() ?? "");
    if (previous === undefined) break;
    address = previous;
  }
  return keyOf(address);
}

/** The request came over a connection of one of `trustedProxies`. */
export function isTrustedPeer(c: AppContext, trustedProxies: BlockList): boolean {
  return isTrusted(peerAddress(c), trustedProxies);
}

function peerAddress(c: AppContext): string {
  return parseAddress(c.env?.remoteAddr?.hostname ?? "") ?? "unknown";
}

function keyOf(address: string): string {
  return isIP(address) === 6 ? networkOf(address) : address;
}

/** Some proxies add a port, and a dual-stack listener reports IPv4 as mapped IPv6 (RFC 4291, section 2.5.5.2). */
function parseAddress(text: string): string | undefined {
  const bare = text.trim().toLowerCase()
    .replace(/^\[([^\]]+)\](:\d+)?$/, "$1")
    .replace(/^([\d.]+):\d+$/, "$1")
    .replace(/^::ffff:(?=[\d.]+$)/, "");
  return isIP(bare) === 0 ? undefined : bare;
}

function isTrusted(address: string, trustedProxies: BlockList): boolean {
  const version = isIP(address);
  return version !== 0 && trustedProxies.check(address, version === 4 ? "ipv4" : "ipv6");
}

function networkOf(address: string): string {
  const [head = "", tail] = address.split("::");
  const groups = head.split(":").filter((group) => group !== "");
  const last = tail?.split(":").filter((group) => group !== "") ?? [];
  const zeros = tail === undefined
    ? []
    : Array<string>(Math.max(0, 8 - groups.length - last.length)).fill("0");
  return [...groups, ...zeros, ...last].slice(0, 4).join(":") + "::/64";
}
