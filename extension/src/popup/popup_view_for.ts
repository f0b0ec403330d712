/** Decides what the popup shows. Pure: the same input gives the same view. */
import { notConnectedStatus } from "#shared/connection_status.ts";
import type { Attempt } from "../attempt.ts";
import type { KnownStatus } from "../status_store.ts";
import { connectingViewFor, failedViewFor } from "./attempt_view.ts";
import { type DisconnectProgress, withDisconnect } from "./disconnect_view.ts";
import { noteFor, withNote } from "./note.ts";
import { pageViewFor } from "./page_view.ts";
import type { PopupView } from "./popup_view.ts";
import { type RefreshProgress, withRefresh } from "./refresh_view.ts";
import { checkingViewFor, statusViewFor } from "./status_view.ts";
import { unreachableViewFor } from "./unreachable_view.ts";
import { isNews, type Page, viewedLocationId } from "./viewed_location.ts";

/**
 * How the last question for the status ended.
 * - `answered`: with a status
 * - `session_ended`: the server no longer knows the session
 * - `unreachable`: no answer
 * - `server_trouble`: it answered that it cannot answer now
 * - `unexpected_answer`: something answered that is not Relatch, or not this version of it
 */
export type CheckResult =
  | "answered"
  | "session_ended"
  | "unreachable"
  | "server_trouble"
  | "unexpected_answer";

export type PopupInput = {
  page: Page;
  attempt: Attempt | null;
  hasSession: boolean;
  /** Host of the server, to name it. */
  serverHost: string;
  known: KnownStatus | null;
  /** Since when the connection is well; milliseconds since 1970. */
  connectedAt: number | null;
  check: CheckResult | null;
  /** How the last try to renew the connection stands, since the popup opened. */
  refresh: RefreshProgress | null;
  /** How disconnecting stands, since the popup opened. */
  disconnect: DisconnectProgress | null;
  /** Milliseconds since 1970. */
  now: number;
};

export function popupViewFor(input: PopupInput): PopupView {
  const { page, now } = input;
  const locationId = viewedLocationId(page, input.attempt);
  const name = input.known?.status.locationName ?? null;
  if (input.attempt?.phase === "connecting") {
    const isViewed = input.attempt.locationId === locationId;
    return connectingViewFor(input.attempt, { name, isViewed, now });
  }

  const outcome = outcomeOf(input.attempt, { page, locationId, now });
  if (outcome?.phase === "failed") return failedViewFor(outcome, name);
  const note = outcome === null ? null : noteFor(outcome, input.known?.status ?? null);

  if (locationId === null) {
    if (page.kind === "location") throw new Error("Cannot view a location page without its location");
    return withNote(pageViewFor(page.kind), note);
  }
  const view = withNote(locationViewFor(input, locationId), note);
  return withDisconnect(withRefresh(view, input), input);
}

function locationViewFor(input: PopupInput, locationId: string): PopupView {
  const { known, connectedAt, check, now } = input;
  // Without a session nothing is known here, which looks like a server that knows nothing.
  const unknown = { locationId, status: notConnectedStatus(locationId), checkedAt: null };
  const notConnected = statusViewFor(unknown, now);
  if (check === "session_ended") {
    return {
      ...notConnected,
      sentence: { key: "session_ended" },
      nextStep: { key: "session_ended_next" },
    };
  }
  if (!input.hasSession) return notConnected;
  if (check === null || check === "answered") {
    return known === null ? checkingViewFor(locationId) : statusViewFor({ ...known, connectedAt }, now);
  }
  return unreachableViewFor({ locationId, known, reason: check, serverHost: input.serverHost });
}

/** The outcome of the last attempt, when it is about what is in view and still news. */
function outcomeOf(attempt: Attempt | null, view: { page: Page; locationId: string | null; now: number }) {
  if (attempt === null || attempt.phase === "connecting" || !isNews(attempt, view.now)) return null;
  if (view.page.kind === "not_highlevel") return null;
  const isAbout = attempt.locationId === view.locationId ||
    (attempt.phase === "connected" && attempt.locationId === null);
  return isAbout ? attempt : null;
}
