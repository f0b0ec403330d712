/** Whether this browser is signed in, and the way out. */
import { message } from "../message.ts";
import { useRef, useState } from "hono/jsx/dom";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import type { SignOut } from "./sign_out.ts";

export type SessionSectionProps = {
  /** Host of the server that this browser is signed in at, or null. */
  signedInAt: string | null;
  onSignOut: () => Promise<SignOut>;
};

export function SessionSection({ signedInAt, onSignOut }: SessionSectionProps): JSX.Element {
  const [result, setResult] = useState<SignOut | null>(null);
  const [isBusy, setBusy] = useState(false);
  const heading = useRef<HTMLHeadingElement | null>(null);

  async function leave(): Promise<void> {
    if (isBusy) return;
    setBusy(true);
    setResult(await onSignOut());
    setBusy(false);
    // The button that had the focus is gone.
    heading.current?.focus();
  }

  return (
    <section aria-labelledby="session-title">
      <h2 id="session-title" ref={heading} tabindex={-1}>{message("options_session_title")}</h2>
      <p role="status">{sentenceFor(signedInAt, result)}</p>
      {signedInAt !== null && (
        <div class="buttons">
          <button
            class="button button-secondary"
            type="button"
            data-action="sign_out"
            aria-disabled={isBusy ? "true" : "false"}
            onClick={() => void leave()}
          >
            {message("options_sign_out")}
          </button>
        </div>
      )}
    </section>
  );
}

function sentenceFor(signedInAt: string | null, result: SignOut | null): string {
  if (signedInAt !== null) return message("options_signed_in", [signedInAt]);
  if (result === "done") return message("options_signed_out_done");
  if (result === "here_only") return message("options_signed_out_locally");
  return message("options_signed_out");
}
