/** What every page that a person sees is held to: no accessibility violation, nothing cut off, and a picture to look at. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import type { Page } from "puppeteer-core";
import * as v from "valibot";

const SCREENSHOTS = fileURLToPath(new URL("../../dist/screenshots/", import.meta.url));

const AxeResult = v.object({
  violations: v.array(v.object({ id: v.string(), nodes: v.array(v.object({ html: v.string() })) })),
});

/** Checks `page` in both colour schemes and keeps `dist/screenshots/<name>-<scheme>.png` of each. */
export async function checkPage(page: Page, name: string): Promise<void> {
  await Deno.mkdir(SCREENSHOTS, { recursive: true });
  for (const scheme of ["light", "dark"]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.evaluate(axe.source);
    const { violations } = v.parse(AxeResult, await page.evaluate("axe.run()"));
    assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes[0]?.html]), [], `${name}, ${scheme}`);
    const overflow = await page.$eval("html", (html) => html.scrollWidth - html.clientWidth);
    assert.equal(overflow, 0, `${name} is wider than its window`);
    await page.screenshot({ path: `${SCREENSHOTS}${name}-${scheme}.png` });
  }
}

/** The text that a person reads, white space folded. */
export async function textOf(page: Page, selector = "body"): Promise<string> {
  const text = await page.$eval(selector, (element) => element.textContent ?? "");
  return text.replace(/\s+/g, " ").trim();
}
