/** What the current tab shows, as far as the click on the icon allows to know. */
import { parseActiveLocation } from "../active_location.ts";
import { browser } from "../browser.ts";
import type { Page } from "./viewed_location.ts";
import * as v from "valibot";

const Tabs = v.tuple([v.object({ url: v.string() })]);

/** A tab without an address was opened without the grant of `activeTab`. */
export async function readActivePage(): Promise<Page> {
  const tabs: unknown = await browser.tabs.query({ active: true, currentWindow: true });
  const parsed = v.safeParse(Tabs, tabs);
  // Attempts are started from our own pages too, and their outcome is all that there is to tell.
  const isShown = parsed.success && !parsed.output[0].url.startsWith(browser.runtime.getURL(""));
  return isShown ? parseActiveLocation(parsed.output[0].url) : { kind: "hidden" };
}
