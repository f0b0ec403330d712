/** Starts the popup: reads what is stored, paints it, and only then asks the server. */
import { askBackground } from "../ask_background.ts";
import { browser } from "../browser.ts";
import { BUILT_IN_SERVER } from "../built_in_server.ts";
import { textLanguage } from "../message.ts";
import { render } from "hono/jsx/dom";
import { readActivePage } from "./active_page.ts";
import { Popup } from "./popup.tsx";
import { createPopupModel } from "./popup_model.ts";

async function startPopup(root: HTMLElement): Promise<void> {
  document.documentElement.lang = textLanguage();
  const model = await createPopupModel({
    local: browser.storage.local,
    session: browser.storage.session,
    builtInServer: BUILT_IN_SERVER,
    readPage: readActivePage,
    ask: askBackground,
    fetch: (url, init) => fetch(url, init),
    now: () => Date.now(),
    focusWindow: async (windowId) => {
      // It may be gone at this moment, and the attempt with it.
      await browser.windows.update(windowId, { focused: true }).catch(() => {});
    },
    openOptions: async () => {
      await browser.runtime.openOptionsPage();
      close();
    },
  });
  browser.storage.onChanged.addListener(() => void model.storageChanged());
  render(<Popup model={model} />, root);
  await model.check();
}

const root = document.getElementById("app");
if (root !== null) void startPopup(root);
