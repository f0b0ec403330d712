/** The views of a location whose status is known: one for each state on the wire. */
import type { ConnectionState, ConnectionStatus } from "#shared/connection_status.ts";
import type { MessageKey, Text } from "../text.ts";
import { missingScopesNote } from "./note.ts";
import { type ActionButton, type Badge, BARE_VIEW, type Fact, type PopupView } from "./popup_view.ts";

const CONNECT: ActionButton = { action: "connect", label: "action_connect" };
const CONNECT_AGAIN: ActionButton = { action: "connect", label: "action_connect_again" };

/** Shape and name of each state. */
export const BADGES: Record<ConnectionState, Badge> = {
  connected: { icon: "check", label: "state_connected" },
  degraded: { icon: "warning", label: "state_degraded" },
  paused: { icon: "pause", label: "state_paused" },
  reconnect_required: { icon: "broken", label: "state_reconnect_required" },
  not_connected: { icon: "empty", label: "state_not_connected" },
};

/** Name of the location, or what to call it while its name is not known. */
export function headingFor(locationName: string | null): Text {
  return locationName === null ? { key: "this_location" } : { verbatim: locationName };
}

/** A location that was never asked about: neutral until the server has answered. */
export function checkingViewFor(locationId: string): PopupView {
  return {
    ...BARE_VIEW,
    kind: "checking",
    heading: headingFor(null),
    locationId,
    badge: { icon: "progress", label: "state_checking" },
    sentence: { key: "checking" },
  };
}

/** The view of a status; `checkedAt` null when no server said it. */
export function statusViewFor(
  known: { locationId: string; status: ConnectionStatus; checkedAt: number | null },
): PopupView {
  const { status } = known;
  return {
    ...BARE_VIEW,
    kind: status.state,
    heading: headingFor(status.locationName),
    locationId: known.locationId,
    badge: BADGES[status.state],
    checkedAt: known.checkedAt,
    note: missingScopesNote(status),
    ...wordsFor(status),
    ...buttonsFor(status.state),
    facts: factsFor(status),
  };
}

function wordsFor(status: ConnectionStatus): { sentence: Text; nextStep: Text | null } {
  switch (status.state) {
    case "connected":
      return {
        sentence: { key: status.kind === "company" ? "connected_by_company" : "connected" },
        nextStep: null,
      };
    case "degraded":
      return { sentence: { key: "degraded" }, nextStep: { key: "degraded_next" } };
    case "paused":
      return { sentence: { key: "paused" }, nextStep: { key: "paused_next" } };
    case "reconnect_required":
      return { sentence: { key: "reconnect_required" }, nextStep: { key: "reconnect_required_next" } };
    case "not_connected":
      return { sentence: { key: "not_connected" }, nextStep: { key: "not_connected_next" } };
  }
}

function buttonsFor(state: ConnectionState): { primary: ActionButton | null; secondary: ActionButton[] } {
  switch (state) {
    case "not_connected":
      return { primary: CONNECT, secondary: [] };
    case "reconnect_required":
      return { primary: CONNECT_AGAIN, secondary: [] };
    case "connected":
    case "degraded":
    case "paused":
      return { primary: null, secondary: [CONNECT_AGAIN] };
  }
}

function factsFor({ problem, lastRefreshedAt, nextRefreshAt }: ConnectionStatus): Fact[] {
  const facts: Fact[] = [];
  const add = (label: MessageKey, time: string | null | undefined): void => {
    const at = Date.parse(time ?? "");
    if (!Number.isNaN(at)) facts.push({ label, at });
  };
  add("fact_problem_since", problem?.since);
  add("fact_last_refreshed", lastRefreshedAt);
  add(
    problem === null ? "fact_next_refresh" : "fact_next_try",
    problem === null ? nextRefreshAt : problem.retryAt,
  );
  return facts;
}
