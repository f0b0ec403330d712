/** The gear in the header. */
import { message } from "../message.ts";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import type { PopupAction } from "./popup_view.ts";

export function OptionsButton({ onAction }: { onAction: (action: PopupAction) => void }): JSX.Element {
  const label = message("action_options");
  return (
    <button
      type="button"
      class="icon-button"
      data-action="options"
      aria-label={label}
      title={label}
      onClick={() => onAction("options")}
    >
      <svg viewBox="0 0 20 20" aria-hidden="true">
        <path d="M2 5.5h8M14.5 5.5H18M2 14.5h3.5M10 14.5h8" />
        <circle cx="12.2" cy="5.5" r="2.3" />
        <circle cx="7.8" cy="14.5" r="2.3" />
      </svg>
    </button>
  );
}
