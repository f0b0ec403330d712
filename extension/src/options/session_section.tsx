/** Whether this browser is signed in, and the two ways out. */
import { Button } from "../button.tsx";
import { message } from "../message.ts";
import { ConfirmationDialog } from "../popup/confirmation_dialog.tsx";
import type { ActionButton } from "../popup/popup_view.ts";
import { serverHost } from "../server_address.ts";
import type { MessageKey } from "../text.ts";
import { useState } from "hono/jsx/dom";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import type { OptionsModel, OptionsState } from "./options_model.ts";
import { Section } from "./section.tsx";
import type { SignOut } from "./sign_out.ts";
import type { SignOutEverywhere } from "./sign_out_everywhere.ts";

export type SessionSectionProps = { state: OptionsState; model: OptionsModel };

type Result = SignOut | SignOutEverywhere;

/** How far the question stands whether to sign out everywhere. */
type Question = "asked" | "running" | "no_answer";

const RESULTS: Record<Result, MessageKey> = {
  done: "options_signed_out_done",
  here_only: "options_signed_out_locally",
  everywhere: "options_signed_out_everywhere",
  only_this: "options_signed_out_only_this",
  ended_before: "options_signed_out_ended_before",
  no_answer: "options_signed_out",
  not_signed_in: "options_signed_out",
};

const STATUSES: Record<Question, MessageKey | null> = {
  asked: null,
  running: "options_working",
  no_answer: "order_unreachable",
};

type Action = "confirm" | "here_only" | "cancel";

const HERE_ONLY: ActionButton<Action> = { action: "here_only", label: "action_sign_out_here" };
const CANCEL: ActionButton<Action> = { action: "cancel", label: "action_cancel" };

export function SessionSection({ state, model }: SessionSectionProps): JSX.Element {
  const [result, setResult] = useState<Result>("not_signed_in");
  const [isBusy, setBusy] = useState(false);
  const [question, setQuestion] = useState<Question | null>(null);

  async function leaveHere(): Promise<void> {
    if (isBusy) return;
    setBusy(true);
    try {
      setResult(await model.signOut());
    } finally {
      setBusy(false);
      setQuestion(null);
    }
  }

  async function leaveEverywhere(): Promise<void> {
    setQuestion("running");
    let answer: SignOutEverywhere = "no_answer";
    try {
      answer = await model.signOutEverywhere();
      setResult(answer);
    } finally {
      setQuestion(answer === "no_answer" ? "no_answer" : null);
    }
  }

  function answer(action: Action): void {
    if (action === "cancel") setQuestion(null);
    else void (action === "confirm" ? leaveEverywhere() : leaveHere());
  }

  const sentence = state.isSignedIn
    ? message("options_signed_in", [serverHost(state.server)])
    : message(RESULTS[result]);
  const status = question === null ? null : STATUSES[question];
  return (
    <Section id="session-title" title="options_session_title" ended={`${result} ${question}`}>
      <p role="status">{sentence}</p>
      {state.isSignedIn && (
        <div key="ways" class="buttons">
          <Button
            action="sign_out"
            label="options_sign_out"
            isDisabled={isBusy}
            onClick={() => void leaveHere()}
          />
          <Button
            action="sign_out_everywhere"
            label="options_sign_out_everywhere"
            style="quiet"
            onClick={() => setQuestion("asked")}
          />
        </div>
      )}
      {question !== null && (
        <ConfirmationDialog
          key="question"
          confirmation={{
            title: { key: "options_everywhere_title" },
            sentence: { key: "options_everywhere_explained" },
            progress: status === null ? null : { key: status },
            isBusy: question === "running" || isBusy,
            primary: { action: "confirm", label: "action_sign_out_everywhere", style: "danger" },
            secondary: question === "no_answer" ? [HERE_ONLY, CANCEL] : [CANCEL],
          }}
          onAction={answer}
        />
      )}
    </Section>
  );
}
