/** The background: registers its listeners while it loads, so that the browser can wake it for each, and no more. */
import { browser } from "../browser.ts";
import { BUILT_IN_SERVER } from "../built_in_server.ts";
import { answerMessage } from "./answer_message.ts";
import { ATTEMPT_ALARM, watchAttempt } from "./attempt_alarm.ts";
import { closeWindow, openAuthWindow } from "./auth_window.ts";
import { createConnector } from "./connector.ts";
import { startGlancer } from "./glance/start_glancer.ts";
import { keepAlarm } from "./notify/keep_alarm.ts";
import { startNotifier } from "./notify/start_notifier.ts";
import { pause } from "./pause.ts";
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
  pause: (ms) => pause(ms, () => browser.runtime.getPlatformInfo()),
  watch: (isOn) => watchAttempt(browser.alarms, isOn),
  onEnd: (outcome) => void showOutcome(() => browser.action.openPopup(), outcome),
});

browser.runtime.onMessage.addListener((message: unknown) => answerMessage(connector, message));

const glancer = startGlancer();
const notifier = startNotifier();

function start(): void {
  void keepAlarm(browser.alarms);
  void glancer.lookAtVisible({ mayAsk: true });
}

browser.runtime.onInstalled.addListener(start);
browser.runtime.onStartup.addListener(start);
browser.alarms.onAlarm.addListener(({ name }) => {
  if (name === ATTEMPT_ALARM) return void connector.check();
  void glancer.lookAtVisible({ mayAsk: true });
  void notifier.check();
});
// Whatever woke it: the alarm may have been lost.
void keepAlarm(browser.alarms);
