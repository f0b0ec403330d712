/** Starts the page of all connections, and keeps it up to date while somebody can see it. */
import { askBackground } from "../ask_background.ts";
import { browser } from "../browser.ts";
import { BUILT_IN_SERVER } from "../built_in_server.ts";
import { focusWindow } from "../focus_window.ts";
import { LANGUAGE_KEY } from "../language_setting.ts";
import { loadLanguage, message, textLanguage } from "../message.ts";
import { SERVER_KEY } from "../server_setting.ts";
import { SESSION_KEY } from "../session_store.ts";
import { render } from "hono/jsx/dom";
import { Connections } from "./connections.tsx";
import { createConnectionsModel } from "./connections_model.ts";

/** How often the opened connection is asked for; the list follows more slowly. */
const TICK_MS = 5_000;

export async function startConnections(root: HTMLElement): Promise<void> {
  await loadLanguage();
  document.documentElement.lang = textLanguage();
  document.title = `${message("action_connections")} – ${message("name")}`;
  const model = await createConnectionsModel({
    local: browser.storage.local,
    session: browser.storage.session,
    builtInServer: BUILT_IN_SERVER,
    fetch: (url, init) => fetch(url, init),
    now: () => Date.now(),
    ask: askBackground,
    focusWindow,
  });
  const tick = (): void => {
    if (!document.hidden) void model.tick();
  };
  browser.storage.local.onChanged.addListener((changes) => {
    if (LANGUAGE_KEY in changes) location.reload();
    else if (SESSION_KEY in changes || SERVER_KEY in changes) void model.storageChanged();
  });
  browser.storage.session.onChanged.addListener(() => void model.attemptChanged());
  document.addEventListener("visibilitychange", tick);
  setInterval(tick, TICK_MS);
  render(<Connections model={model} />, root);
  tick();
}
