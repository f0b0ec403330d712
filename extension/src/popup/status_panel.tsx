/** The part of the popup that changes by itself, and is therefore announced: state, sentence, next step. */
import { message, words } from "../message.ts";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import type { PopupView } from "./popup_view.ts";
import { StatusGlyph } from "./status_glyph.tsx";

export function StatusPanel({ view }: { view: PopupView }): JSX.Element {
  const { badge, nextStep, note } = view;
  return (
    <div class={`panel tone-${badge?.icon ?? "plain"}`} aria-live="polite" aria-atomic="true">
      {badge !== null && (
        <p class="badge" key="badge">
          <StatusGlyph icon={badge.icon} key={badge.icon} />
          <span>{message(badge.label)}</span>
        </p>
      )}
      <p class="sentence" key="sentence">{words(view.sentence)}</p>
      {nextStep !== null && <p class="next-step" key="next-step">{words(nextStep)}</p>}
      {note !== null && (
        <p class="note" key="note">
          <span title={words(note)}>{words(note)}</span>
        </p>
      )}
    </div>
  );
}
