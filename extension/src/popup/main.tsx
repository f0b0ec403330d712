/** Starts the popup: reads what is stored, paints it, and only then asks the server, again and again. */
import { askBackground } from "../ask_background.ts";
import { browser } from "../browser.ts";
import { BUILT_IN_SERVER } from "../built_in_server.ts";
import { focusWindow } from "../focus_window.ts";
import { loadLanguage, textLanguage } from "../message.ts";
import { render } from "hono/jsx/dom";
import { readActivePage } from "./active_page.ts";
import { openConnections } from "./open_connections.ts";
import { POLL_MS } from "./poll_pause.ts";
import { Popup } from "./popup.tsx";
import { createPopupModel } from "./popup_model.ts";

/** Long enough for a frame of any screen. */
const FRAME_MS = 40;

export async function startPopup(root: HTMLElement): Promise<void> {
  const reading = createPopupModel({
    local: browser.storage.local,
    session: browser.storage.session,
    builtInServer: BUILT_IN_SERVER,
    readPage: readActivePage,
    ask: askBackground,
    fetch: (url, init) => fetch(url, init),
    now: () => Date.now(),
    isVisible: () => document.visibilityState === "visible",
    focusWindow,
    openConnections: async () => {
      await openConnections();
      close();
    },
    openOptions: async () => {
      await browser.runtime.openOptionsPage();
      close();
    },
  });
  browser.storage.onChanged.addListener(() => void reading.then((model) => model.storageChanged()));
  // The first look for a text takes the browser a moment, which is there while what is stored is on its way.
  textLanguage();
  const [model] = await Promise.all([reading, loadLanguage()]);
  document.documentElement.lang = textLanguage();
  render(<Popup model={model} />, root);
  setInterval(() => void model.poll(), POLL_MS);
  // What is known is painted first: asking takes the thread a few milliseconds, which can cost it a frame.
  if (model.state().known !== null) await new Promise((resolve) => setTimeout(resolve, FRAME_MS));
  if (!model.state().checking) await model.check();
}
