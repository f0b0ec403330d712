/** The one place that imports webextension-polyfill: `browser.*` with promises in Chrome and Firefox. */
// @ts-types="@types/webextension-polyfill"
import browser from "webextension-polyfill";

export { browser };
