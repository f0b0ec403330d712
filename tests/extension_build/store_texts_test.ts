/** Reads the texts for the stores: `--allow-read=extension`. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { manifestFor } from "../../extension/manifest.ts";
import messages from "../../extension/static/_locales/en/messages.json" with { type: "json" };

const STORE = new URL("../../extension/store/", import.meta.url);

Deno.test("the summaries fit into the stores, and Chrome's is the one in the package", () => {
  const [chrome = "", firefox = ""] = ["Chrome and Edge", "Firefox"].map((store) =>
    section("listing.md", `Summary for ${store}`)
  );
  assert.equal(chrome, messages.extension_description.message);
  assert.ok(chrome.length <= 132, `${chrome.length} characters`);
  assert.ok(firefox.length <= 250, `${firefox.length} characters`);
});

Deno.test("permissions.md gives a reason for every permission and host of the manifests, and for no other", () => {
  const reasons = rows("permissions.md").map(([permission, , reason]) => {
    assert.ok((reason?.length ?? 0) > 40, permission ?? "");
    return permission;
  });
  for (const browser of ["chrome", "firefox"] as const) {
    const manifest = manifestFor(browser, []);
    const asked = [
      ...manifest.permissions,
      ...manifest.optional_permissions,
      ...manifest.host_permissions,
      ...manifest.optional_host_permissions,
    ];
    assert.deepEqual(asked.toSorted(), reasons.toSorted(), browser);
  }
});

Deno.test("data_use.md tells of the data that Firefox's manifest declares, and of no other", () => {
  const { required } = manifestFor("firefox", []).browser_specific_settings.gecko.data_collection_permissions;
  assert.deepEqual(rows("data_use.md").map(([type]) => type).toSorted(), required.toSorted());
});

Deno.test("build_instructions.md and the notices name each part of the build that changes code from npm", () => {
  const folder = new URL("../../extension/", import.meta.url);
  const plugins = readdirSync(folder).filter((name) =>
    name.endsWith(".ts") &&
    /^export const \w+: esbuild\.Plugin/m.test(readFileSync(new URL(name, folder), "utf8"))
  );
  assert.deepEqual(plugins, ["native_promises.ts", "plain_elements.ts"]);
  for (const file of ["store/build_instructions.md", "static/third_party_notices.txt"]) {
    const text = readFileSync(new URL(file, folder), "utf8");
    for (const name of plugins) assert.ok(text.includes(`extension/${name}`), `${file}: ${name}`);
  }
});

Deno.test("privacy_policy.md names everything that the extension keeps", () => {
  const policy = section("privacy_policy.md", "What it keeps, on this device");
  const kept = {
    server: /server's address/,
    session: /session credential/,
    statuses: /last known states/,
    told: /notified of/,
    notifications: /settings: notifications/,
    language: /language/,
    attempt: /While you connect/,
  };
  assert.deepEqual(storageKeys(), Object.keys(kept).toSorted());
  for (const [key, words] of Object.entries(kept)) assert.match(policy, words, key);
});

/** The text below a heading of the second level. */
function section(file: string, heading: string): string {
  const text = readFileSync(new URL(file, STORE), "utf8");
  const [, found = ""] = text.split(new RegExp(`^## ${heading}$`, "m"));
  return (found.split(/^## /m)[0] ?? "").replace(/\s+/g, " ").trim();
}

/** Cells of the table rows that begin with code. */
function rows(file: string): string[][] {
  const lines = readFileSync(new URL(file, STORE), "utf8").split("\n");
  return lines.filter((line) => line.startsWith("| `")).map((line) =>
    line.split("|").slice(1, -1).map((cell) => cell.trim().replace(/^`(.*)`$/, "$1"))
  );
}

/** The keys of the browser's storage that the sources name. */
function storageKeys(): string[] {
  const folder = new URL("../../extension/src/", import.meta.url);
  const sources = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => readFileSync(`${entry.parentPath}/${entry.name}`, "utf8"));
  return [...sources.join("\n").matchAll(/const [A-Z]+_KEY = "(\w+)"/g)].map(([, key]) => key ?? "")
    .toSorted();
}
