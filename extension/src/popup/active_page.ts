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
  return parsed.success ? parseActiveLocation(parsed.output[0].url) : { kind: "hidden" };
}
