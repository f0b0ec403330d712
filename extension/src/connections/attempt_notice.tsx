/** How an attempt stands, above the list: it stays in sight there, and its buttons within reach. */
import { message, words } from "../message.ts";
import { Actions } from "../popup/actions.tsx";
import type { PopupAction, PopupView } from "../popup/popup_view.ts";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import { Notice } from "./notice.tsx";

export type AttemptNoticeProps = {
  view: PopupView;
  isBusy: boolean;
  onAction: (action: PopupAction) => void;
};

export function AttemptNotice({ view, isBusy, onAction }: AttemptNoticeProps): JSX.Element {
  const { kind, badge, heading } = view;
  return (
    <section class="attempt" aria-labelledby="attempt-title" data-attempt={kind}>
      <Notice
        {...view}
        icon={badge?.icon ?? "empty"}
        title={
          <h2 id="attempt-title" class="badge" key="title">
            {badge !== null && message(badge.label)}
            <span dir="auto">{words(heading)}</span>
          </h2>
        }
      >
        <Actions buttons={view} isBusy={isBusy} onAction={onAction} />
      </Notice>
    </section>
  );
}

/** All that is said of it, for those who do not see it. */
export function spokenAttempt({ badge, heading, sentence, nextStep }: PopupView): string {
  return `${badge !== null && message(badge.label)}: ${words(heading)}. ${words(sentence)} ${
    nextStep !== null && words(nextStep)
  }`;
}
