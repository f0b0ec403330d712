/** What Relatch keeps and where, and how to leave nothing of it in this browser. */
import { message } from "../message.ts";
import { useState } from "hono/jsx/dom";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import { ConfirmDialog } from "./confirm_dialog.tsx";
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
        <button
          class="button button-secondary"
          type="button"
          data-action="forget"
          onClick={() => setQuestion("asked")}
        >
          {message("options_forget")}
        </button>
      </div>
      <p class={`outcome outcome-${result === "here_only" ? "warning" : "saved"}`} role="status">
        {result !== null &&
          message(result === "here_only" ? "options_forgotten_here_only" : "options_forgotten")}
      </p>
      {question !== null && (
        <ConfirmDialog
          key="question"
          title="options_forget_title"
          explanation="options_forget_explained"
          status={question === "running" ? message("options_working") : ""}
          isBusy={question === "running"}
          buttons={[{
            action: "confirm",
            label: "action_forget",
            style: "danger",
            onClick: () => void forget(),
          }]}
          onCancel={() => setQuestion(null)}
        />
      )}
    </Section>
  );
}
