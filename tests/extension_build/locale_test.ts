/** Reads the sources: `--allow-read=extension`. */
import messages from "../../extension/static/_locales/en/messages.json" with { type: "json" };
import { ATTEMPT_CAUSES } from "../../extension/src/attempt.ts";
import { readdirSync, readFileSync } from "node:fs";
import assert from "node:assert/strict";

const EXTENSION = new URL("../../extension/", import.meta.url);
const keys = Object.keys(messages);

function sources(folder: URL): string {
  return readdirSync(folder, { withFileTypes: true }).map((entry) => {
    if (entry.isDirectory()) return sources(new URL(`${entry.name}/`, folder));
    return /\.tsx?$/.test(entry.name) ? readFileSync(new URL(entry.name, folder), "utf8") : "";
  }).join("\n");
}

Deno.test("messages.json has a sentence and a next step for every cause", () => {
  for (const cause of ATTEMPT_CAUSES) {
    assert.ok(keys.includes(`cause_${cause}`) && keys.includes(`cause_${cause}_next`), cause);
  }
});

Deno.test("messages.json has no text that nothing shows", () => {
  const code = sources(new URL("src/", EXTENSION)) + readFileSync(new URL("manifest.ts", EXTENSION), "utf8");
  const causes = new Set(ATTEMPT_CAUSES.flatMap((cause) => [`cause_${cause}`, `cause_${cause}_next`]));
  const unused = keys.filter((key) => {
    return !causes.has(key) && !code.includes(`"${key}"`) && !code.includes(`__MSG_${key}__`);
  });
  assert.deepEqual(unused, []);
});

Deno.test("messages.json explains every placeholder to translators", () => {
  for (const [key, entry] of Object.entries(messages)) {
    const placeholders = entry.message.match(/\$\d/g) ?? [];
    const description = "description" in entry ? entry.description : "";
    for (const placeholder of placeholders) assert.ok(description.includes(placeholder), key);
  }
});

Deno.test("messages.json has a text for every name in the manifest", () => {
  const manifest = readFileSync(new URL("manifest.ts", EXTENSION), "utf8");
  for (const [, key] of manifest.matchAll(/__MSG_(\w+?)__/g)) {
    assert.ok(keys.includes(key ?? ""), String(key));
  }
});
