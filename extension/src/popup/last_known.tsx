/** What was known before the server stopped answering. Not announced: it does not change, only its age does. */
import { message, textLanguage } from "../message.ts";
import { relativeTime } from "../relative_time.ts";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import type { PopupView } from "./popup_view.ts";
import { StatusGlyph } from "./status_glyph.tsx";

type LastKnownProps = { lastKnown: PopupView["lastKnown"]; now: number };

export function LastKnown({ lastKnown, now }: LastKnownProps): JSX.Element | null {
  if (lastKnown === null) return null;
  const { badge, at } = lastKnown;
  const age = relativeTime(at, { now, language: textLanguage() });
  return (
    <p class="last-known">
      <StatusGlyph icon={badge.icon} />
      <span>{message("last_known", [message(badge.label)])}</span>
      <span class="age">{age}</span>
    </p>
  );
}
