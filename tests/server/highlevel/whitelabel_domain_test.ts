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

const LOGO_URL = "https://northlight.example/logo.png";
const DETAILS = { domain: "app.northlight.example", logoUrl: LOGO_URL };
const WHITELABELS: readonly (readonly [unknown, unknown, string | null | undefined])[] = [
  [true, DETAILS, "app.northlight.example"],
  [undefined, DETAILS, "app.northlight.example"],
  ["yes", DETAILS, "app.northlight.example"],
  [false, DETAILS, null],
  [false, {}, null],
  [false, undefined, null],
  [undefined, {}, null],
  [null, {}, null],
  [true, {}, undefined],
  [true, undefined, undefined],
  [true, { domain: "" }, undefined],
  [true, { domain: "localhost" }, undefined],
  [undefined, { logoUrl: LOGO_URL }, undefined],
  [undefined, { domain: null }, undefined],
  [undefined, undefined, undefined],
  [null, null, undefined],
  [undefined, [], undefined],
  [undefined, "app.northlight.example", undefined],
];

for (const [isWhitelabel, details, expected] of WHITELABELS) {
  Deno.test(`parseWhitelabel() takes ${JSON.stringify({ isWhitelabel, details })} for ${expected}`, () => {
    assert.equal(parseWhitelabel({ isWhitelabel, details }), expected);
  });
}
