/** What Relatch keeps and where, and how to leave nothing of it in this browser. */
import { Button } from "../button.tsx";
import { message } from "../message.ts";
import { ConfirmationDialog } from "../popup/confirmation_dialog.tsx";
import { useState } from "hono/jsx/dom";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import type { OptionsModel } from "./options_model.ts";
import { Section } from "./section.tsx";
import type { SignOut } from "./sign_out.ts";

export function StoredSection({ model }: { model: OptionsModel }): JSX.Element {
  const [question, setQuestion] = useState<"asked" | "running" | null>(null);
  const [result, setResult] = useState<SignOut | null>(null);

  async function forget(): Promise<void> {
    setQuestion("running");
    try {
      setResult(await model.forgetEverything());
    } finally {
      setQuestion(null);
    }
  }

  return (
    <Section id="stored-title" title="options_stored_title" ended={question}>
      <dl>
        <dt>{message("options_stored_here")}</dt>
        <dd>{message("options_stored_here_what")}</dd>
        <dt>{message("options_stored_server")}</dt>
        <dd>{message("options_stored_server_what")}</dd>
      </dl>
      <div class="buttons">
        <Button action="forget" label="options_forget" onClick={() => setQuestion("asked")} />
      </div>
      <p class={`outcome outcome-${result === "here_only" ? "warning" : "saved"}`} role="status">
        {result !== null &&
          message(result === "here_only" ? "options_forgotten_here_only" : "options_forgotten")}
      </p>
      {question !== null && (
        <ConfirmationDialog<"confirm" | "cancel">
          key="question"
          confirmation={{
            title: { key: "options_forget_title" },
            sentence: { key: "options_forget_explained" },
            progress: question === "running" ? { key: "options_working" } : null,
            isBusy: question === "running",
            primary: { action: "confirm", label: "action_forget", style: "danger" },
            secondary: [{ action: "cancel", label: "action_cancel" }],
          }}
          onAction={(action) => {
            if (action === "confirm") void forget();
            else setQuestion(null);
          }}
        />
      )}
    </Section>
  );
}
