import { isolated, withoutBidiControls } from "../../extension/src/text.ts";
import assert from "node:assert/strict";

const HEBREW = "\u05E2\u05D9\u05E8\u05D9\u05D9\u05EA (\u05D7\u05D9\u05E4\u05D4) 2.0!";

Deno.test("withoutBidiControls() takes overrides, embeddings and isolates out, and leaves every script as it is", () => {
  assert.equal(withoutBidiControls("\u202Egnikcatta\u202C ok"), "gnikcatta ok");
  assert.equal(withoutBidiControls("a\u2067b\u2069c\u202Ad\u202Be\u202Df\u2066g\u2068h"), "abcdefgh");
  assert.equal(withoutBidiControls(HEBREW), HEBREW);
});

Deno.test("isolated() closes a name in, also one that would break out", () => {
  assert.equal(isolated(HEBREW), `\u2068${HEBREW}\u2069`);
  assert.equal(isolated("x\u2069\u202Ey"), "\u2068xy\u2069");
});
