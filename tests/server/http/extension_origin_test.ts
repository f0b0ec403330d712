import assert from "node:assert/strict";
import { isAllowedOrigin } from "../../../server/http/extension_origin.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const ID = "abjgbklcclkfdcbkagobdibiopblnnhh";
const REDIRECT_URLS = [`https://${ID}.chromiumapp.org/`];

Deno.test("isAllowedOrigin() allows the configured Chrome extension and any Firefox extension", () => {
  assert.ok(isAllowedOrigin(`chrome-extension://${ID}`, REDIRECT_URLS));
  assert.ok(isAllowedOrigin("moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc", REDIRECT_URLS));
});

Deno.test("isAllowedOrigin() refuses other extensions and every website", () => {
  const refused = [
    "chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    `chrome-extension://${ID}.example`,
    `https://${ID}.chromiumapp.org`,
    "https://app.gohighlevel.com",
    "moz-extension://a/b",
    "null",
    "",
  ];
  for (const origin of refused) assert.ok(!isAllowedOrigin(origin, REDIRECT_URLS), origin);
});
