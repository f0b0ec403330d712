/** Runs the linter of Firefox's store: `--allow-read --allow-write=dist --allow-env --allow-sys=hostname --allow-run`. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createInstance } from "addons-linter";
import * as v from "valibot";
import { EXPLAINED_WARNINGS } from "../../extension/store/explained_warnings.ts";
import { storePackages } from "../../extension/store_packages.ts";

const FOLDER = fileURLToPath(new URL("../../dist/linted", import.meta.url));
const SOURCES = new URL("../../extension/src/", import.meta.url);

const Finding = v.object({ code: v.string(), message: v.string(), file: v.optional(v.string(), "") });
const Findings = v.object({
  errors: v.array(Finding),
  warnings: v.array(Finding),
  notices: v.array(Finding),
});

/** What `web-ext lint` says of an archive. */
async function lint(archive: string): Promise<v.InferOutput<typeof Findings>> {
  const config = { _: [archive], logLevel: "fatal", output: "none", shouldScanFile: () => true };
  return v.parse(Findings, await createInstance({ config, runAsBinary: false }).run());
}

Deno.test("the add-on linter finds nothing in Firefox's package but the explained warnings", async () => {
  const packages = await storePackages("https://relatch.example.com");
  const firefox = packages.find(({ name }) => name.startsWith("relatch-firefox-"));
  assert.ok(firefox !== undefined);
  await Deno.mkdir(FOLDER, { recursive: true });
  await Deno.writeFile(`${FOLDER}/${firefox.name}`, firefox.bytes);
  const { errors, warnings, notices } = await lint(`${FOLDER}/${firefox.name}`);
  assert.deepEqual([errors, notices], [[], []]);
  const unexplained = warnings.filter(({ code, file }) =>
    !EXPLAINED_WARNINGS.some((explained) => explained.code === code && explained.file.test(file))
  );
  assert.deepEqual(unexplained, []);
  for (const { code, file, count } of EXPLAINED_WARNINGS) {
    assert.equal(
      warnings.filter((warning) => warning.code === code && file.test(warning.file)).length,
      count,
      code,
    );
  }
});

Deno.test("no component sets HTML from text, as the explanation of the linter's warning says", () => {
  for (const entry of readdirSync(SOURCES, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const source = readFileSync(`${entry.parentPath}/${entry.name}`, "utf8");
    assert.doesNotMatch(source, /dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML/, entry.name);
  }
});
