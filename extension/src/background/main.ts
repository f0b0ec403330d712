/** The background: registers its listeners while it loads, so that the browser can wake it for each, and no more. */
import { browser } from "../browser.ts";
import { BUILT_IN_SERVER } from "../built_in_server.ts";
import { answerMessage } from "./answer_message.ts";
import { closeWindow, openAuthWindow } from "./auth_window.ts";
import { createConnector } from "./connector.ts";
import { showOutcome } from "./show_outcome.ts";

const connector = createConnector({
  local: browser.storage.local,
  session: browser.storage.session,
  builtInServer: BUILT_IN_SERVER,
  redirectUrl: () => browser.identity.getRedirectURL(),
  openAuthWindow,
  closeWindow,
  fetch: (url, init) => fetch(url, init),
  now: () => Date.now(),
  onEnd: (outcome) => void showOutcome(outcome),
});

browser.runtime.onMessage.addListener((message: unknown) => answerMessage(connector, message));
