/** Starts the options page with what is stored and allowed, and follows what changes. */
import { askBackground } from "../ask_background.ts";
import { browser } from "../browser.ts";
import { BUILT_IN_SERVER } from "../built_in_server.ts";
import { loadLanguage, message, textLanguage } from "../message.ts";
import { render } from "hono/jsx/dom";
import { Options } from "./options.tsx";
import { createOptionsModel } from "./options_model.ts";

export async function startOptions(root: HTMLElement): Promise<void> {
  const model = await createOptionsModel({
    local: browser.storage.local,
    session: browser.storage.session,
    permissions: browser.permissions,
    builtInServer: BUILT_IN_SERVER,
    fetch: (url, init) => fetch(url, init),
    ask: askBackground,
    loadLanguage: speakLanguage,
  });
  const onChanged = (): void => void model.changed();
  browser.storage.local.onChanged.addListener(onChanged);
  browser.permissions.onAdded.addListener(onChanged);
  browser.permissions.onRemoved.addListener(onChanged);
  const { version } = browser.runtime.getManifest();
  render(<Options model={model} builtInServer={BUILT_IN_SERVER} version={version} />, root);
  await model.changed();
}

async function speakLanguage(): Promise<void> {
  await loadLanguage();
  document.documentElement.lang = textLanguage();
  document.title = message("options_title");
}
