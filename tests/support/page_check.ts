/** What every page that a person sees is held to: no accessibility violation, nothing cut off, and a picture to look at. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import * as v from "valibot";
import type { ShownPage } from "./shown_page.ts";

const SCREENSHOTS = fileURLToPath(new URL("../../dist/screenshots/", import.meta.url));

const Violations = v.array(v.object({ id: v.string(), nodes: v.array(v.object({ html: v.string() })) }));

/** Checks `page` in both colour schemes and keeps `dist/screenshots/<name>-<scheme>.png` of each. */
export async function checkPage(page: ShownPage, name: string): Promise<void> {
  await Deno.mkdir(SCREENSHOTS, { recursive: true });
  await page.evaluate(`void (() => { ${axe.source} })()`);
  for (const scheme of ["light", "dark"]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    const found = await page.evaluate("axe.run().then(({ violations }) => violations)");
    const violations = v.parse(Violations, found);
    assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes[0]?.html]), [], `${name}, ${scheme}`);
    const overflow = await page.evaluate(
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );
    assert.equal(overflow, 0, `${name} is wider than its window`);
    await page.screenshot({ path: `${SCREENSHOTS}${name}-${scheme}.png` });
  }
}

/** The text that a person reads in the first such element, white space folded. */
export async function textOf(page: ShownPage, selector = "body"): Promise<string> {
  const text = await page.evaluate(`document.querySelector(${JSON.stringify(selector)}).textContent`);
  return v.parse(v.string(), text).replace(/\s+/g, " ").trim();
}
