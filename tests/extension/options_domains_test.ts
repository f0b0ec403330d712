import { type Domain, domainsFor } from "../../extension/src/options/domains_for.ts";
import { fetchAgencyDomains } from "../../extension/src/options/fetch_agency_domains.ts";
import { parseDomain } from "../../extension/src/options/parse_domain.ts";
import assert from "node:assert/strict";
import { SERVER, SESSION_TOKEN } from "./fake_browser.ts";

const BUILT_IN = ["https://app.gohighlevel.com/*", "https://app.leadconnectorhq.com/*"];
const session = { id: "s", server: SERVER, token: SESSION_TOKEN, expiresAt: "2027-01-01T00:00:00.000Z" };

function kindsOf(domains: Domain[]): [string, string][] {
  return domains.map(({ kind, host }) => [kind, host]);
}

Deno.test("parseDomain() takes a host name, and an https address for its host", () => {
  const cases: [string, string][] = [
    ["app.agency.example", "app.agency.example"],
    ["  App.Agency.Example ", "app.agency.example"],
    ["https://app.agency.example/v2/location/abc?x=1#y", "app.agency.example"],
    ["HTTPS://app.agency.example", "app.agency.example"],
    ["app.agency.example/dashboard", "app.agency.example"],
    ["app.agency.example:443", "app.agency.example"],
    ["app.bücher.example", "app.xn--bcher-kva.example"],
    ["1.agency.example", "1.agency.example"],
  ];
  for (const [text, domain] of cases) assert.deepEqual(parseDomain(text), { ok: true, domain }, text);
});

Deno.test("parseDomain() refuses everything that is not one domain under https", () => {
  const cases: [string, string][] = [
    ["", "not_a_domain"],
    ["agency", "not_a_domain"],
    ["localhost", "not_a_domain"],
    ["app agency.example", "not_a_domain"],
    ["app.agency.example:8443", "not_a_domain"],
    ["user@app.agency.example", "not_a_domain"],
    ["192.168.0.1", "not_a_domain"],
    ["1.2", "not_a_domain"],
    ["[::1]", "not_a_domain"],
    [".example", "not_a_domain"],
    ["app..example", "not_a_domain"],
    ["-app.example", "not_a_domain"],
    ["file:///etc/hosts", "not_a_domain"],
    [`${"a".repeat(250)}.example`, "not_a_domain"],
    ["http://app.agency.example", "insecure"],
    ["*.example", "wildcard"],
    ["*", "wildcard"],
    ["https://*/*", "wildcard"],
    ["*://app.agency.example/*", "wildcard"],
  ];
  for (const [text, reason] of cases) assert.deepEqual(parseDomain(text), { ok: false, reason }, text);
});

Deno.test("domainsFor() lists HighLevel's own, then the allowed, then what agencies use", () => {
  const domains = domainsFor({
    builtIn: BUILT_IN,
    granted: ["https://b.example/*", BUILT_IN[0] ?? "", "https://a.example/*"],
    offered: [
      { companyId: "c1", companyName: "Northlight", domain: "app.northlight.example" },
      { companyId: "c2", companyName: null, domain: "a.example" },
      { companyId: "c3", companyName: "Southlight", domain: "app.northlight.example" },
    ],
  });
  assert.deepEqual(kindsOf(domains), [
    ["built_in", "app.gohighlevel.com"],
    ["missing", "app.leadconnectorhq.com"],
    ["allowed", "a.example"],
    ["allowed", "b.example"],
    ["offered", "app.northlight.example"],
  ]);
  assert.deepEqual(domains.map(({ origin }) => origin).at(-1), "https://app.northlight.example/*");
  assert.deepEqual(domains.map(({ offer }) => offer?.companyId), [
    undefined,
    undefined,
    "c2",
    undefined,
    "c3",
  ]);
});

Deno.test("domainsFor() takes what the browser allows at large for allowed, and lists it to be taken back", () => {
  const offered = [{ companyId: "c1", companyName: null, domain: "app.northlight.example" }];
  const cases: [string, [string, string][]][] = [
    ["https://*/*", [["built_in", "app.gohighlevel.com"], ["allowed", "https://*/*"]]],
    ["*://*/*", [["built_in", "app.gohighlevel.com"], ["allowed", "*://*/*"]]],
    ["<all_urls>", [["built_in", "app.gohighlevel.com"], ["allowed", "<all_urls>"]]],
    ["https://*.northlight.example/*", [["missing", "app.gohighlevel.com"], [
      "allowed",
      "https://*.northlight.example/*",
    ]]],
    ["http://*/*", [["missing", "app.gohighlevel.com"], ["allowed", "http://*/*"], [
      "offered",
      "app.northlight.example",
    ]]],
    ["https://*.light.example/*", [["missing", "app.gohighlevel.com"], [
      "allowed",
      "https://*.light.example/*",
    ], ["offered", "app.northlight.example"]]],
  ];
  for (const [pattern, expected] of cases) {
    const domains = domainsFor({ builtIn: BUILT_IN.slice(0, 1), granted: [pattern], offered });
    assert.deepEqual(kindsOf(domains), expected);
  }
});

Deno.test("fetchAgencyDomains() believes a Relatch server, and tells no answer from none to offer", async () => {
  const entry = { companyId: "c1", companyName: null, domain: "app.northlight.example" };
  const cases: [unknown, () => Promise<Response>][] = [
    [[entry], () => Promise.resolve(Response.json({ domains: [entry] }))],
    [[], () => Promise.resolve(Response.json({ error: {} }, { status: 401 }))],
    [null, () => Promise.resolve(Response.json({ domains: [{ ...entry, domain: "*.example" }] }))],
    [null, () => Promise.resolve(Response.json({ domains: [] }, { status: 503 }))],
    [null, () => Promise.resolve(new Response("<html>"))],
    [null, () => Promise.reject(new TypeError("Failed to fetch"))],
  ];
  for (const [expected, fetch] of cases) assert.deepEqual(await fetchAgencyDomains(fetch, session), expected);
});
