/** One notice in the place of the list, or above it. It is announced elsewhere. */
import { words } from "../message.ts";
import type { StatusIcon } from "../popup/popup_view.ts";
import { StatusGlyph } from "../popup/status_glyph.tsx";
import type { Text } from "../text.ts";
import type { JSX } from "hono/jsx/dom/jsx-runtime";

export type NoticeProps = {
  icon: StatusIcon;
  sentence: Text;
  nextStep: Text | null;
  /** Stands above the sentence. */
  title?: unknown;
  /** Buttons. */
  children: unknown;
};

export function Notice({ icon, title, sentence, nextStep, children }: NoticeProps): JSX.Element {
  return (
    <div class={`panel notice tone-${icon}`}>
      <StatusGlyph icon={icon} key={icon} />
      <div>
        {title}
        <p class="sentence" key="sentence">{words(sentence)}</p>
        {nextStep !== null && <p class="next-step" key="next-step">{words(nextStep)}</p>}
      </div>
      {children}
    </div>
  );
}
