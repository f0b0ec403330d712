/** What "Disconnect…" adds to a view: the question whether one means it, and how it ended. */
import type { KnownStatus } from "../status_store.ts";
import type { OrderFailure } from "./connection_order.ts";
import { shortened, withSurprise } from "./note.ts";
import { orderFailureText } from "./order_failure_text.ts";
import type { Confirmation, PopupView } from "./popup_view.ts";
import type { Words } from "./problem_words.ts";

/** The question is in sight: it waits for the person or for the server, or the server gave no outcome. */
type OpenQuestion = { kind: "asked" | "running" } | OrderFailure;

const OUTCOMES = ["removed", "removed_here", "agency_install", "removal_refused", "not_found"] as const;

/**
 * How disconnecting stands; null when nobody asked for it, and when its outcome is to be seen in the state itself.
 * - `removed`, `removed_here`, `agency_install`, `removal_refused`: as in `DisconnectAnswer`
 * - `not_found`: the server has no such connection that this session may see
 */
export type DisconnectProgress =
  | OpenQuestion
  | { kind: typeof OUTCOMES[number] };

export function isOpenQuestion(disconnect: DisconnectProgress | null): boolean {
  return disconnect !== null && !OUTCOMES.some((kind) => kind === disconnect.kind);
}

export function withDisconnect(
  view: PopupView,
  { disconnect, known }: { disconnect: DisconnectProgress | null; known: KnownStatus | null },
): PopupView {
  if (disconnect === null) return view;
  const isOffered = view.secondary.some(({ action }) => action === "disconnect");
  switch (disconnect.kind) {
    case "removed":
      return withOutcome(view, { sentence: { key: "disconnected" }, nextStep: { key: "disconnected_next" } });
    case "removed_here":
      return withOutcome(view, {
        sentence: { key: "disconnected_here" },
        nextStep: { key: "disconnected_here_next" },
      });
    case "not_found":
      return withSurprise(view, { key: "disconnect_not_found" });
    case "agency_install":
      return isOffered ? { ...view, nextStep: { key: "disconnect_agency_install" } } : view;
    case "removal_refused":
      return isOffered ? { ...view, nextStep: { key: "disconnect_removal_refused" } } : view;
    default: {
      const isAgencyInstall = known?.status.kind === "company";
      const confirmation = confirmationFor(disconnect, { heading: view.heading, isAgencyInstall });
      return isOffered ? { ...view, confirmation } : view;
    }
  }
}

/** In the place of words that speak of a location that is not connected, and do not say why. */
function withOutcome(view: PopupView, words: Words): PopupView {
  if (view.kind !== "not_connected" || view.checkedAt === null) return view;
  return { ...view, ...words, note: null };
}

function confirmationFor(
  question: OpenQuestion,
  { heading, isAgencyInstall }: { heading: PopupView["heading"]; isAgencyInstall: boolean },
): Confirmation {
  const isBusy = question.kind === "running";
  return {
    title: "verbatim" in heading
      ? { key: "disconnect_title_named", values: [shortened(heading.verbatim)] }
      : { key: "disconnect_title" },
    sentence: { key: isAgencyInstall ? "disconnect_explained_agency" : "disconnect_explained" },
    progress: progressText(question),
    isBusy,
    primary: {
      action: "disconnect_now",
      label: isBusy ? "action_disconnecting" : "action_disconnect",
      style: "danger",
    },
    secondary: [{ action: "keep", label: "action_keep" }],
  };
}

function progressText(question: OpenQuestion): Confirmation["progress"] {
  switch (question.kind) {
    case "asked":
      return null;
    case "running":
      return { key: "asking_highlevel" };
    default:
      return orderFailureText(question);
  }
}
