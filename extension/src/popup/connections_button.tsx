/** The way to the page with all connections. */
import { message } from "../message.ts";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import type { PopupAction } from "./popup_view.ts";

export function ConnectionsButton({ onAction }: { onAction: (action: PopupAction) => void }): JSX.Element {
  return (
    <button
      type="button"
      class="text-button"
      data-action="connections"
      onClick={() => onAction("connections")}
    >
      {message("action_connections")}
    </button>
  );
}
