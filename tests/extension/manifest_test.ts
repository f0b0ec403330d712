import { manifestFor } from "../../extension/manifest.ts";
import {
  CHROME_EXTENSION_ID,
  CHROME_MANIFEST_KEY,
  SHIPPED_REDIRECT_URLS,
} from "#shared/extension_identity.ts";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";

/** Of two pages. */
const STYLE_HASHES = ["c3R5bGUgb25l", "c3R5bGUgdHdv"];
const chrome = manifestFor("chrome", STYLE_HASHES);
const firefox = manifestFor("firefox", STYLE_HASHES);

/** What both browsers are told, to be read as a person in a store reads it. */
const SHARED = {
  manifest_version: 3,
  name: "__MSG_name__",
  description: "__MSG_extension_description__",
  version: "0.1.0",
  default_locale: "en",
  icons: {
    "16": "icons/icon-16.png",
    "32": "icons/icon-32.png",
    "48": "icons/icon-48.png",
    "128": "icons/icon-128.png",
  },
  action: {
    default_popup: "popup.html",
    default_title: "__MSG_name__",
    default_icon: { "16": "icons/grey-16.png", "32": "icons/grey-32.png", "48": "icons/grey-48.png" },
  },
  options_ui: { page: "options.html", open_in_tab: true },
  permissions: ["activeTab", "alarms", "identity", "storage"],
  optional_permissions: ["notifications"],
  host_permissions: ["https://app.gohighlevel.com/*", "https://app.leadconnectorhq.com/*"],
  optional_host_permissions: ["https://*/*"],
  content_security_policy: {
    extension_pages: "default-src 'none'; script-src 'self'; " +
      "style-src 'sha256-c3R5bGUgb25l' 'sha256-c3R5bGUgdHdv'; img-src 'self'; " +
      "connect-src 'self' https: http://localhost:* http://127.0.0.1:* http://[::1]:*; " +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  },
};

Deno.test("manifestFor() tells Chrome this and nothing else", () => {
  assert.deepEqual(chrome, {
    ...SHARED,
    key: CHROME_MANIFEST_KEY,
    minimum_chrome_version: "127",
    background: { service_worker: "background.js", type: "module" },
  });
});

Deno.test("manifestFor() tells Firefox this and nothing else", () => {
  assert.deepEqual(firefox, {
    ...SHARED,
    background: { scripts: ["background.js"], type: "module" },
    browser_specific_settings: {
      gecko: {
        id: "relatch@relatch.dev",
        strict_min_version: "140.0",
        data_collection_permissions: { required: ["authenticationInfo", "browsingActivity"] },
      },
    },
  });
});

Deno.test("manifestFor() asks at the installation for no host but HighLevel's own", () => {
  for (const { permissions, host_permissions } of [chrome, firefox]) {
    assert.ok(!permissions.some((permission) => /tabs|webNavigation|scripting|:/.test(permission)));
    for (const pattern of host_permissions) {
      assert.match(pattern, /^https:\/\/app\.(gohighlevel|leadconnectorhq)\.com\/\*$/);
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

Deno.test("manifestFor() lets pages run nothing but the package's own scripts, and have no style but their own", () => {
  const policy = chrome.content_security_policy.extension_pages;
  assert.match(policy, /^default-src 'none'; script-src 'self';/);
  assert.doesNotMatch(policy, /unsafe|\*(?![\s;]|$)|data:/);
});
