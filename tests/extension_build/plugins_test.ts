/** Runs esbuild: `--allow-read --allow-env --allow-run`. */
import assert from "node:assert/strict";
import * as esbuild from "esbuild";
import { nativePromises } from "../../extension/native_promises.ts";
import { plainElements } from "../../extension/plain_elements.ts";

Deno.test.afterAll(async () => await esbuild.stop());

for (const plugin of [nativePromises, plainElements]) {
  Deno.test(`${plugin.name} fails the build when what it leaves out lies elsewhere`, async () => {
    const build = esbuild.build({
      stdin: { contents: "" },
      write: false,
      plugins: [plugin],
      logLevel: "silent",
    });
    await assert.rejects(build, /Cannot find/);
  });
}
