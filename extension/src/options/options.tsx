/** The options page: server, sign-in, and what is stored. */
import { Logo } from "../logo.tsx";
import { message } from "../message.ts";
import { serverHost } from "../server_address.ts";
import { useEffect, useState } from "hono/jsx/dom";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import type { ServerCheck } from "./check_server.ts";
import { ServerForm } from "./server_form.tsx";
import { SessionSection } from "./session_section.tsx";
import type { SignOut } from "./sign_out.ts";

export type OptionsProps = {
  server: string;
  isSignedIn: boolean;
  builtInServer: string;
  version: string;
  check: (server: string) => Promise<ServerCheck>;
  change: (change: { from: string; to: string }) => Promise<void>;
  signOut: (server: string) => Promise<SignOut>;
  /** Calls `listener` whenever this browser was signed in or out at `server`, here or in the popup. */
  watchSession: (server: string, listener: (isSignedIn: boolean) => void) => () => void;
};

export function Options(props: OptionsProps): JSX.Element {
  const [server, setServer] = useState(props.server);
  const [isSignedIn, setSignedIn] = useState(props.isSignedIn);

  useEffect(() => props.watchSession(server, setSignedIn), [server]);

  async function save(to: string): Promise<void> {
    await props.change({ from: server, to });
    if (to !== server) setSignedIn(false);
    setServer(to);
  }

  async function leave(): Promise<SignOut> {
    const result = await props.signOut(server);
    setSignedIn(false);
    return result;
  }

  return (
    <div class="options">
      <header>
        <Logo />
        <h1>{message("options_title")}</h1>
      </header>
      <main>
        <section aria-labelledby="server-title">
          <h2 id="server-title">{message("options_server_title")}</h2>
          <ServerForm server={server} builtInServer={props.builtInServer} check={props.check} onSave={save} />
        </section>
        <SessionSection signedInAt={isSignedIn ? serverHost(server) : null} onSignOut={leave} />
        <section aria-labelledby="stored-title">
          <h2 id="stored-title">{message("options_stored_title")}</h2>
          <p>{message("options_stored")}</p>
        </section>
      </main>
      <footer>{message("options_version", [props.version])}</footer>
    </div>
  );
}
