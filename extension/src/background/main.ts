/** The background: registers its listeners while it loads, so that the browser can wake it for each, and no more. */
import { browser } from "../browser.ts";
import { BUILT_IN_SERVER } from "../built_in_server.ts";
import { answerMessage } from "./answer_message.ts";
import { closeWindow, openAuthWindow } from "./auth_window.ts";
import { createConnector } from "./connector.ts";
import { showOutcome } from "./show_outcome.ts";

/** A page that HighLevel serves slowly is shown, and can be closed, only when it has loaded. */
const WINDOW_PATIENCE_MS = 20_000;

const connector = createConnector({
  local: browser.storage.local,
  session: browser.storage.session,
  builtInServer: BUILT_IN_SERVER,
  redirectUrl: () => browser.identity.getRedirectURL(),
  openAuthWindow: (url, onWindow) => openAuthWindow(browser, { url, onWindow }),
  closeWindow: (windowId) => closeWindow(browser, windowId),
  windowPatienceMs: WINDOW_PATIENCE_MS,
  fetch: (url, init) => fetch(url, init),
  now: () => Date.now(),
  onEnd: (outcome) => void showOutcome(() => browser.action.openPopup(), outcome),
});

browser.runtime.onMessage.addListener((message: unknown) => answerMessage(connector, message));
