/** The buttons of a view: one that matters, and the others. */
import { message } from "../message.ts";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import type { ActionButton, PopupAction, PopupView } from "./popup_view.ts";

type ActionsProps = { view: PopupView; isBusy: boolean; onAction: (action: PopupAction) => void };

export function Actions({ view, isBusy, onAction }: ActionsProps): JSX.Element {
  const button = ({ action, label }: ActionButton, style: string): JSX.Element => (
    <button
      key={action}
      type="button"
      class={`button ${style}`}
      data-action={action}
      aria-disabled={isBusy ? "true" : "false"}
      onClick={() => {
        if (!isBusy) onAction(action);
      }}
    >
      {message(label)}
    </button>
  );
  return (
    <div class="actions">
      {view.primary !== null && button(view.primary, "button-primary")}
      {view.secondary.length > 0 && (
        <div class="actions-row">
          {view.secondary.map((secondary) => button(secondary, "button-secondary"))}
        </div>
      )}
    </div>
  );
}
