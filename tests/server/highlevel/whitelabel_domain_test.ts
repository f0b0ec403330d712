import assert from "node:assert/strict";
import { parseDomain, parseWhitelabel } from "../../../server/highlevel/whitelabel_domain.ts";

const DOMAINS: readonly (readonly [unknown, string | null])[] = [
  ["app.northlight.example", "app.northlight.example"],
  ["  App.Northlight.EXAMPLE ", "app.northlight.example"],
  ["https://app.northlight.example", "app.northlight.example"],
  ["HTTPS://app.northlight.example/", "app.northlight.example"],
  ["http://app.northlight.example:8443/v2/location?x#y", "app.northlight.example"],
  ["app.northlight.example/", "app.northlight.example"],
  ["app.northlight.example.", "app.northlight.example"],
  ["https://app.northlight.example./", "app.northlight.example"],
  ["app.northlight.example:443", "app.northlight.example"],
  ["app.bücher.example", "app.xn--bcher-kva.example"],
  ["", null],
  [" ", null],
  [".", null],
  ["localhost", null],
  ["app.northlight.example..", null],
  ["app..northlight.example", null],
  ["*.northlight.example", null],
  ["app_1.northlight.example", null],
  ["-app.northlight.example", null],
  ["app.northlight.example, other.example", null],
  ["app.northlight.example\nother.example", null],
  ["app.north\tlight.example", null],
  ["https://user@app.northlight.example", null],
  ["https://northlight.example:secret@app.northlight.example", null],
  ["ftp://app.northlight.example", null],
  ["javascript:alert(1)", null],
  ["//", null],
  ["https://", null],
  ["127.0.0.1", null],
  ["http://0x7f.1/", null],
  ["2130706433", null],
  ["[::1]", null],
  ["https://[::1]:8787", null],
  [`${"a".repeat(64)}.example`, null],
  [`${"a.".repeat(130)}example`, null],
  [undefined, null],
  [null, null],
  [5, null],
  [{}, null],
  [["app.northlight.example"], null],
];

for (const [value, expected] of DOMAINS) {
  Deno.test(`parseDomain() takes ${JSON.stringify(value)} for ${expected}`, () => {
    assert.equal(parseDomain(value), expected);
  });
}

Deno.test("parseWhitelabel() finds the domain of an agency that has one", () => {
  const logoUrl = "https://northlight.example/logo.png";
  assert.equal(
    parseWhitelabel({ domain: "app.northlight.example", logoUrl }),
    "app.northlight.example",
  );
  for (
    const value of [{}, { logoUrl }, { domain: null }, { domain: "" }, null, undefined, [], "app.x.example"]
  ) {
    assert.equal(parseWhitelabel(value), null);
  }
});
