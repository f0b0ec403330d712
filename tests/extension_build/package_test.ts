/** Makes the stores' archives, and makes them again from the sources: `--allow-read --allow-write --allow-env --allow-run`. */
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { unzipSync } from "fflate";
import { bundleExtension } from "../../extension/bundle.ts";
import { extensionFiles } from "../../extension/extension_files.ts";
import { manifestFor } from "../../extension/manifest.ts";
import { storePackages } from "../../extension/store_packages.ts";
import { zipOf } from "../../extension/zip.ts";
import { denoCommand } from "../support/child_process.ts";

const SERVER = "https://relatch.example.com";
const REBUILT = fileURLToPath(new URL("../../dist/rebuilt", import.meta.url));
const SHIPPED =
  /^(_locales\/\w+\/messages\.json|icons\/[\w-]+\.(png|svg)|[\w-]+\.(html|css|js)|manifest\.json|third_party_notices\.txt)$/;

let made: ReturnType<typeof storePackages> | undefined;

Deno.test("zipOf() gives the same bytes whatever order the files come in", () => {
  const files = ["b.js", "a/c.css", "a.js"].map((path) => ({ path, bytes: new TextEncoder().encode(path) }));
  assert.deepEqual(zipOf(files), zipOf(files.toReversed()));
  assert.deepEqual(Object.keys(unzipSync(zipOf(files))), ["a.js", "a/c.css", "b.js"]);
});

Deno.test("storePackages() gives the same bytes in every time zone and at any time", async () => {
  const [before, after] = [
    await archivesIn({ zone: "Pacific/Kiritimati", now: 0 }),
    await archivesIn({
      zone: "America/Los_Angeles",
      now: Date.UTC(2041, 6, 1),
    }),
  ];
  assert.notEqual(before.offset, after.offset, "the zone has changed");
  assert.deepEqual(before.packages, after.packages);
});

Deno.test("storePackages() holds what a browser loads, with the manifest at the root", async () => {
  const [chrome, firefox] = await archives();
  for (const archive of [chrome, firefox]) {
    const files = unzipSync(archive?.bytes ?? new Uint8Array());
    assert.ok("manifest.json" in files, archive?.name ?? "");
    for (const [path, bytes] of Object.entries(files)) {
      assert.match(path, SHIPPED, archive?.name ?? "");
      assert.doesNotMatch(new TextDecoder().decode(bytes), /sourceMappingURL/, path);
    }
  }
});

Deno.test("storePackages() hands Chrome's store no key, and otherwise what the tests load", async () => {
  const bundles = await bundleExtension(SERVER);
  const [chrome, firefox] = await archives();
  for (const [browser, archive] of [["chrome", chrome], ["firefox", firefox]] as const) {
    const loaded = await extensionFiles({ manifest: manifestFor(browser, bundles.styleHashes), bundles });
    const expected = Object.fromEntries(
      loaded.map(({ path, bytes }) => [path, new TextDecoder().decode(bytes)]),
    );
    const shipped = Object.fromEntries(
      Object.entries(unzipSync(archive?.bytes ?? new Uint8Array())).map(([path, bytes]) => [
        path,
        new TextDecoder().decode(bytes),
      ]),
    );
    const keyLine = browser === "chrome" ? /^ {2}"key": ".*",\n/m : /never^/;
    if (browser === "chrome") assert.match(expected["manifest.json"] ?? "", keyLine);
    assert.doesNotMatch(shipped["manifest.json"] ?? "", /"key"/, browser);
    expected["manifest.json"] = expected["manifest.json"]?.replace(keyLine, "") ?? "";
    assert.deepEqual(shipped, expected, browser);
  }
});

Deno.test("storePackages() can be made again from the archive of the sources", async () => {
  const packages = await archives();
  const sources = packages.find(({ name }) => name.startsWith("relatch-source-"));
  const files = unzipSync(sources?.bytes ?? new Uint8Array());
  assert.match(
    new TextDecoder().decode(files["README.md"]),
    new RegExp(`deno task package --server ${SERVER}\n`),
  );
  assert.deepEqual(
    Object.keys(files).filter((path) => /^(server|tests)\/.*\.ts|\.env|node_modules/.test(path)),
    [],
  );

  await Deno.remove(REBUILT, { recursive: true }).catch(() => {});
  for (const [path, bytes] of Object.entries(files)) {
    await Deno.mkdir(dirname(`${REBUILT}/${path}`), { recursive: true });
    await Deno.writeFile(`${REBUILT}/${path}`, bytes);
  }
  const args = ["task", "--cwd", REBUILT, "package", "--server", SERVER];
  const { success, stderr } = await denoCommand({ args, env: {}, stdout: "piped" }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  for (const { name, bytes } of packages) {
    const again = await Deno.readFile(`${REBUILT}/dist/packages/${name}`);
    assert.ok(Buffer.from(again).equals(bytes), name);
  }
  await Deno.remove(REBUILT, { recursive: true });
});

/** The same for all tests that only look at them. */
function archives(): ReturnType<typeof storePackages> {
  return made ??= storePackages(SERVER);
}

/** The packages as a machine elsewhere makes them, and how far its clock is off. */
async function archivesIn({ zone, now }: { zone: string; now: number }) {
  const [realZone, realNow] = [Deno.env.get("TZ"), Date.now];
  Deno.env.set("TZ", zone);
  Date.now = () => now;
  try {
    return { offset: new Date(2026, 0, 1).getTimezoneOffset(), packages: await storePackages(SERVER) };
  } finally {
    Date.now = realNow;
    if (realZone === undefined) Deno.env.delete("TZ");
    else Deno.env.set("TZ", realZone);
  }
}
