/** Which location it is, and whose install: for who knows ids. */
import { message } from "../message.ts";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import type { PopupView } from "./popup_view.ts";

export function Identity({ view }: { view: PopupView }): JSX.Element | null {
  const { locationId, install } = view;
  if (locationId === null) return null;
  return (
    <p class="identity">
      <span class="location-id">{locationId}</span>
      {install !== null && <span key="install">{message(install)}</span>}
    </p>
  );
}
