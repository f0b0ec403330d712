import { manifestFor } from "../../extension/manifest.ts";
import { CHROME_EXTENSION_ID, SHIPPED_REDIRECT_URLS } from "#shared/extension_identity.ts";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";

const chrome = manifestFor("chrome");
const firefox = manifestFor("firefox");

Deno.test("manifestFor() asks for three permissions and for no host", () => {
  for (const manifest of [chrome, firefox]) {
    assert.deepEqual(manifest.permissions, ["activeTab", "identity", "storage"]);
    const named = Object.keys(manifest);
    for (
      const key of ["host_permissions", "optional_permissions", "content_scripts", "externally_connectable"]
    ) {
      assert.ok(!named.includes(key), key);
    }
  }
});

Deno.test("manifestFor() gives Chrome the key of the shipped id", () => {
  const digest = createHash("sha256").update(chrome.key, "base64").digest("hex").slice(0, 32);
  const id = digest.replace(/./g, (digit) => String.fromCharCode(97 + parseInt(digit, 16)));
  assert.equal(id, CHROME_EXTENSION_ID);
  assert.ok(SHIPPED_REDIRECT_URLS.includes(`https://${id}.chromiumapp.org/`));
});

Deno.test("manifestFor() gives Firefox the id behind the shipped redirect URL", () => {
  const sha1 = createHash("sha1").update(firefox.browser_specific_settings.gecko.id).digest("hex");
  assert.ok(SHIPPED_REDIRECT_URLS.includes(`https://${sha1}.extensions.allizom.org/`));
});

Deno.test("manifestFor() asks for a Chrome in which the popup can come back by itself", () => {
  assert.equal(chrome.minimum_chrome_version, "127");
});

Deno.test("manifestFor() names the background as each browser wants it", () => {
  assert.deepEqual(chrome.background, { service_worker: "background.js" });
  assert.deepEqual(firefox.background, { scripts: ["background.js"] });
  assert.ok(!("browser_specific_settings" in chrome));
  assert.ok(!("key" in firefox) && !("minimum_chrome_version" in firefox));
});

Deno.test("manifestFor() lets pages run nothing but the package's own scripts", () => {
  const policy = chrome.content_security_policy.extension_pages;
  assert.match(policy, /^default-src 'none'; script-src 'self';/);
  assert.doesNotMatch(policy, /unsafe|\*(?![\s;]|$)|data:/);
});
