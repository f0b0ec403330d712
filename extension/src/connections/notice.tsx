/** One notice in the place of the list, or above it. It is announced elsewhere. */
import { message, words } from "../message.ts";
import { StatusGlyph } from "../popup/status_glyph.tsx";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import type { ListNotice } from "./notice_for.ts";

export function Notice({ notice, onRetry }: { notice: ListNotice; onRetry: () => void }): JSX.Element {
  const { icon, sentence, nextStep } = notice;
  return (
    <div class={`panel notice tone-${icon}`}>
      <StatusGlyph icon={icon} key={icon} />
      <div>
        <p class="sentence">{words(sentence)}</p>
        {nextStep !== null && <p class="next-step">{words(nextStep)}</p>}
      </div>
      {notice.kind === "away" && (
        <button type="button" class="button button-secondary" data-action="retry" onClick={onRetry}>
          {message("action_try_again")}
        </button>
      )}
    </div>
  );
}
