/** Starts the options page with what is stored. */
import { askBackground } from "../ask_background.ts";
import { browser } from "../browser.ts";
import { BUILT_IN_SERVER } from "../built_in_server.ts";
import { message, textLanguage } from "../message.ts";
import { readServer } from "../server_setting.ts";
import type { Fetch } from "../server_answer.ts";
import { readSession } from "../session_store.ts";
import { render } from "hono/jsx/dom";
import { changeServer } from "./change_server.ts";
import { checkServer } from "./check_server.ts";
import { Options } from "./options.tsx";
import { signOut } from "./sign_out.ts";

const ask: Fetch = (url, init) => fetch(url, init);
const deps = { fetch: ask, local: browser.storage.local, builtInServer: BUILT_IN_SERVER, ask: askBackground };

async function startOptions(root: HTMLElement): Promise<void> {
  document.documentElement.lang = textLanguage();
  document.title = message("options_title");
  const server = await readServer(deps.local, BUILT_IN_SERVER);
  const session = await readSession(deps.local, server);
  render(
    <Options
      server={server}
      isSignedIn={session !== null}
      builtInServer={BUILT_IN_SERVER}
      version={browser.runtime.getManifest().version}
      check={(address) => checkServer(ask, address)}
      change={(change) => changeServer(deps, change)}
      signOut={(address) => signOut(deps, address)}
      watchSession={watchSession}
    />,
    root,
  );
}

function watchSession(server: string, listener: (isSignedIn: boolean) => void): () => void {
  const onChanged = async (): Promise<void> => listener(await readSession(deps.local, server) !== null);
  const { onChanged: changes } = browser.storage.local;
  changes.addListener(onChanged);
  return () => changes.removeListener(onChanged);
}

const root = document.getElementById("app");
if (root !== null) void startOptions(root);
