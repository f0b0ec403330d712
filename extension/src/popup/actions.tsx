/** The buttons of a view: one that matters, and the others. */
import { message } from "../message.ts";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import type { ActionButton, PopupAction, PopupView } from "./popup_view.ts";
import { StatusGlyph } from "./status_glyph.tsx";

type ActionsProps = {
  buttons: Pick<PopupView, "primary" | "secondary">;
  isBusy: boolean;
  onAction: (action: PopupAction) => void;
};

export function Actions({ buttons, isBusy, onAction }: ActionsProps): JSX.Element {
  const button = ({ action, label, style }: ActionButton, rank: string): JSX.Element => (
    <button
      key={action}
      type="button"
      class={`button button-${style ?? rank}`}
      data-action={action}
      aria-disabled={isBusy ? "true" : "false"}
      onClick={() => {
        if (!isBusy) onAction(action);
      }}
    >
      {style === "danger" && !isBusy && <StatusGlyph icon="warning" />}
      {message(label)}
    </button>
  );
  return (
    <div class="actions">
      {buttons.primary !== null && button(buttons.primary, "primary")}
      {buttons.secondary.length > 0 && (
        <div class="actions-row">
          {buttons.secondary.map((secondary) => button(secondary, "secondary"))}
        </div>
      )}
    </div>
  );
}
