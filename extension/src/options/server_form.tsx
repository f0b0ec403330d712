/** The address of the server: judged while it is typed, asked before it is kept. */
import { Button } from "../button.tsx";
import { message } from "../message.ts";
import { parseServerAddress, type ServerAddressProblem } from "../server_address.ts";
import type { MessageKey } from "../text.ts";
import { useEffect, useRef, useState } from "hono/jsx/dom";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import type { ServerCheck } from "./check_server.ts";
import type { SignOut } from "./sign_out.ts";

export type ServerFormProps = {
  server: string;
  isSignedIn: boolean;
  builtInServer: string;
  check: (server: string) => Promise<ServerCheck>;
  /** How the session at the server before has ended. */
  onSave: (server: string) => Promise<SignOut>;
};

/** `warning` can be overruled, since a server may be off just now; `problem` cannot. */
type Outcome = {
  kind: "quiet" | "checking" | "problem" | "warning" | "saved";
  text: MessageKey | null;
  more?: MessageKey;
};

const QUIET: Outcome = { kind: "quiet", text: null };

const PROBLEMS: Record<ServerAddressProblem, MessageKey> = {
  not_a_url: "options_address_not_a_url",
  insecure: "options_address_insecure",
  extra_parts: "options_address_extra_parts",
};

const WARNINGS: Record<Exclude<ServerCheck, "answers">, MessageKey> = {
  unreachable: "options_server_unreachable",
  unexpected_answer: "options_server_unexpected_answer",
};

export function ServerForm(
  { server, isSignedIn, builtInServer, check, onSave }: ServerFormProps,
): JSX.Element {
  const input = useRef<HTMLInputElement | null>(null);
  const [typed, setTyped] = useState(server);
  const [outcome, setOutcome] = useState<Outcome>(QUIET);

  // It may be changed elsewhere: by another page of these options, or when everything is removed.
  useEffect(() => setTyped(server), [server]);

  async function save(address: string, isSure: boolean): Promise<void> {
    if (outcome.kind === "checking") return;
    const parsed = parseServerAddress(address);
    if (!parsed.ok) return setOutcome({ kind: "problem", text: PROBLEMS[parsed.reason] });
    setTyped(parsed.server);
    setOutcome({ kind: "checking", text: "options_checking" });
    let left: SignOut;
    try {
      const answer = isSure ? null : await check(parsed.server);
      if (answer !== null && answer !== "answers") {
        return setOutcome({ kind: "warning", text: WARNINGS[answer] });
      }
      left = await onSave(parsed.server);
    } catch (error) {
      // A storage that is full or broken: the next click is not to be waited for in vain.
      setOutcome(QUIET);
      throw error;
    }
    const isUnchanged = parsed.server === server && !isSure;
    const text = isUnchanged ? "options_unchanged" : isSure ? "options_saved_unchecked" : "options_saved";
    setOutcome({
      kind: "saved",
      text,
      ...(left === "here_only" ? { more: "options_signed_out_locally" } : {}),
    });
  }

  return (
    <form
      novalidate
      onSubmit={(event: Event) => {
        event.preventDefault();
        // Not the state, which comes a moment after the last key.
        void save(input.current?.value ?? typed, false);
      }}
    >
      <label for="server">{message("options_server_label")}</label>
      <input
        ref={input}
        id="server"
        type="url"
        inputmode="url"
        autocomplete="off"
        spellcheck={false}
        aria-describedby="server-hint server-outcome"
        aria-invalid={outcome.kind === "problem" ? "true" : "false"}
        value={typed}
        onInput={(event: InputEvent) => {
          if (event.target instanceof HTMLInputElement) setTyped(event.target.value);
          if (outcome.kind !== "checking") setOutcome(QUIET);
        }}
      />
      <p id="server-hint" class="hint">
        {message("options_server_hint")} {isSignedIn && message("options_sign_out_hint")}
      </p>
      <div class="buttons">
        <button class="button button-primary" type="submit" data-action="save">
          {message("options_save")}
        </button>
        {outcome.kind === "warning" && (
          <Button
            action="save_anyway"
            label="options_save_anyway"
            onClick={() => void save(typed, true)}
          />
        )}
        {typed !== builtInServer && (
          <Button
            action="reset"
            label="options_reset"
            style="quiet"
            onClick={() => {
              setTyped(builtInServer);
              setOutcome(QUIET);
              void save(builtInServer, false);
            }}
          />
        )}
      </div>
      <p id="server-outcome" class={`outcome outcome-${outcome.kind}`} role="status">
        {outcome.text === null ? "" : message(outcome.text)}
        {outcome.more === undefined ? "" : ` ${message(outcome.more)}`}
      </p>
    </form>
  );
}
