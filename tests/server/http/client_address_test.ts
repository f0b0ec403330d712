import assert from "node:assert/strict";
import { BlockList } from "node:net";
import { Hono } from "hono";
import { clientAddress } from "../../../server/http/client_address.ts";
import type { AppEnv } from "../../../server/http/context.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const PROXIES = new BlockList();
PROXIES.addSubnet("10.0.0.0", 8, "ipv4");

async function addressFor({ peer, forwarded }: { peer: string; forwarded?: string }): Promise<string> {
  const app = new Hono<AppEnv>().get("/", (c) => c.text(clientAddress(c, PROXIES)));
  const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
  const remoteAddr = { transport: "tcp", hostname: peer, port: 4711 } as const;
  return await (await app.request("/", { headers }, { remoteAddr })).text();
}

Deno.test("clientAddress() believes X-Forwarded-For only from a trusted proxy", async () => {
  assert.equal(await addressFor({ peer: "198.51.100.7", forwarded: "203.0.113.9" }), "198.51.100.7");
  assert.equal(await addressFor({ peer: "10.0.0.1", forwarded: "203.0.113.9" }), "203.0.113.9");
});

Deno.test("clientAddress() passes over trusted hops and ignores what the client wrote itself", async () => {
  const forwarded = "1.1.1.1, 203.0.113.9, 10.0.0.2";
  assert.equal(await addressFor({ peer: "10.0.0.1", forwarded }), "203.0.113.9");
});

Deno.test("clientAddress() stays at the proxy when the header is absent or damaged", async () => {
  assert.equal(await addressFor({ peer: "10.0.0.1" }), "10.0.0.1");
  assert.equal(await addressFor({ peer: "10.0.0.1", forwarded: "not an address" }), "10.0.0.1");
});

Deno.test("clientAddress() reads forwarded addresses that are mapped or have a port", async () => {
  const forms = { "::ffff:203.0.113.9": "203.0.113.9", "203.0.113.9:4711": "203.0.113.9" };
  for (const [forwarded, expected] of Object.entries(forms)) {
    assert.equal(await addressFor({ peer: "10.0.0.1", forwarded }), expected);
  }
  const sixes = ["[2001:DB8:1:2::9]:443", "2001:db8:1:2::9"];
  for (const forwarded of sixes) {
    assert.equal(await addressFor({ peer: "10.0.0.1", forwarded }), "2001:db8:1:2::/64");
  }
  assert.equal(
    await addressFor({ peer: "10.0.0.1", forwarded: "203.0.113.9, ::ffff:10.0.0.7" }),
    "203.0.113.9",
  );
});

Deno.test("clientAddress() is one key for a whole IPv6 /64", async () => {
  assert.equal(await addressFor({ peer: "2001:db8:1:2:3:4:5:6" }), "2001:db8:1:2::/64");
  assert.equal(await addressFor({ peer: "2001:db8::1" }), "2001:db8:0:0::/64");
  assert.equal(await addressFor({ peer: "::1" }), "0:0:0:0::/64");
});

Deno.test("clientAddress() gives IPv4 peers of a dual-stack listener as IPv4", async () => {
  assert.equal(await addressFor({ peer: "::ffff:198.51.100.7" }), "198.51.100.7");
});
