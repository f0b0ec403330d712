import assert from "node:assert/strict";
import { parseName } from "../../../server/highlevel/resource_name.ts";

const NAMES: readonly (readonly [string, unknown, string | null])[] = [
  ["a name", "Cedar & Stone Realty", "Cedar & Stone Realty"],
  ["outer spaces", "  Blue Fern Yoga\n", "Blue Fern Yoga"],
  ["a NUL and line breaks", "Blue\u0000Fern\r\nYoga", "Blue Fern Yoga"],
  ["other scripts", "東京 Büro 🌿", "東京 Büro 🌿"],
  ["a name that is too long", "n".repeat(5000), "n".repeat(1000)],
  ["a cut through a character", `${"n".repeat(999)}🌿`, "n".repeat(999)],
  ["half a character", "n\ud83cn", "n\ufffdn"],
  ["nothing", "", null],
  ["spaces", " \t\n ", null],
  ["a NUL", "\u0000", null],
  ["no text", 5, null],
  ["null", null, null],
  ["an object", { name: "Blue Fern Yoga" }, null],
];

for (const [title, value, expected] of NAMES) {
  Deno.test(`parseName() reads ${title}`, () => {
    assert.equal(parseName(value), expected);
  });
}
