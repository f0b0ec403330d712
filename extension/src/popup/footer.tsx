/** How old what is shown is, and by which server it was said. Only what a person asked for is announced. */
import { message, textLanguage } from "../message.ts";
import { relativeTime } from "../relative_time.ts";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import type { PopupState } from "./popup_model.ts";
import type { PopupAction, PopupView } from "./popup_view.ts";

/** Younger than this is not worth a number. */
const JUST_NOW_MS = 60_000;

/** How long the answer to a person who asked stands before the age comes back. */
const REPORT_MS = 10_000;

type FooterProps = {
  view: PopupView;
  state: Pick<PopupState, "checking" | "reportedAt" | "serverHost">;
  now: number;
  onAction: (action: PopupAction) => void;
};

export function Footer({ view, state, now, onAction }: FooterProps): JSX.Element {
  const { checking, reportedAt, serverHost } = state;
  const { badge, checkedAt } = view;
  const isReport = !checking && checkedAt !== null && reportedAt !== null &&
    Math.abs(now - reportedAt) < REPORT_MS;
  const label = message("action_check");
  return (
    <footer>
      {checkedAt !== null && (
        <button
          type="button"
          class="icon-button"
          key="check"
          data-action="check"
          aria-label={label}
          title={label}
          aria-disabled={checking ? "true" : "false"}
          onClick={() => onAction("check")}
        >
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <path d="M16.5 10a6.5 6.5 0 1 1-2-4.7M16.5 2.5v3.6h-3.6" />
          </svg>
        </button>
      )}
      <span class="checked" key="checked">
        <span role="status">
          {isReport && badge !== null ? message("check_result", [message(badge.label)]) : ""}
        </span>
        {isReport ? "" : checking ? message("checking_now") : checkedText(checkedAt, now)}
      </span>
      <span class="server" key="server" title={message("server_host", [serverHost])}>{serverHost}</span>
    </footer>
  );
}

function checkedText(checkedAt: number | null, now: number): string {
  if (checkedAt === null) return "";
  if (now - checkedAt < JUST_NOW_MS) return message("checked_just_now");
  return message("checked", [relativeTime(checkedAt, { now, language: textLanguage() })]);
}
