/** The views of a location whose status is known: one for each state on the wire. */
import type { ConnectionState, ConnectionStatus } from "#shared/connection_status.ts";
import type { Text } from "../text.ts";
import { factsFor } from "./facts_for.ts";
import { lacksAgencyScope } from "./lacks_agency_scope.ts";
import { lacksScopes, missingScopesNote } from "./note.ts";
import {
  type ActionButton,
  type Badge,
  BARE_VIEW,
  type Buttons,
  type PopupView,
  type ScopeList,
} from "./popup_view.ts";
import { connectedWords, degradedWords, pausedWords, reconnectWords, type Words } from "./problem_words.ts";
import { isBeingRemoved } from "./removal.ts";

const TRY_NOW: ActionButton = { action: "refresh", label: "action_try_now" };
const CONNECT: ActionButton = { action: "connect", label: "action_connect" };
const CONNECT_AGAIN: ActionButton = { action: "connect", label: "action_connect_again" };
const DISCONNECT: ActionButton = { action: "disconnect", label: "action_disconnect_ask", style: "quiet" };

const BADGES: Record<ConnectionState, Badge> = {
  connected: { icon: "check", label: "state_connected" },
  degraded: { icon: "warning", label: "state_degraded" },
  paused: { icon: "pause", label: "state_paused" },
  reconnect_required: { icon: "broken", label: "state_reconnect_required" },
  not_connected: { icon: "empty", label: "state_not_connected" },
};

const INSTALLS = { location: "install_own", company: "install_agency", unknown: null } as const;

/** Shape and name of a state. */
export function badgeFor(status: ConnectionStatus): Badge {
  return isBeingRemoved(status) ? { icon: "warning", label: "state_disconnecting" } : BADGES[status.state];
}

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

type StatusInput = {
  locationId: string;
  status: ConnectionStatus;
  /** Null when no server said it. */
  checkedAt: number | null;
  connectedAt?: number | null;
};

/** The view of a status. Times in milliseconds since 1970. */
export function statusViewFor(known: StatusInput, now: number): PopupView {
  const { status, connectedAt = null } = known;
  return {
    ...BARE_VIEW,
    kind: status.state,
    heading: headingFor(status.locationName),
    locationId: known.locationId,
    install: INSTALLS[status.kind ?? "unknown"],
    badge: badgeFor(status),
    checkedAt: known.checkedAt,
    ...wordsFor(status, now),
    ...buttonsFor(status),
    note: missingScopesNote(status),
    facts: factsFor(status, { connectedAt, now }),
    scopes: scopesOf(status),
  };
}

function scopesOf({ scopes, missingScopes }: ConnectionStatus): ScopeList | null {
  return scopes.length + missingScopes.length === 0 ? null : { granted: scopes, missing: missingScopes };
}

function wordsFor(status: ConnectionStatus, now: number): Words {
  switch (status.state) {
    case "connected":
      return connectedWords(status);
    case "degraded":
      return degradedWords(status, now);
    case "paused":
      return pausedWords(status);
    case "reconnect_required":
      return reconnectWords(status);
    case "not_connected":
      return { sentence: { key: "not_connected" }, nextStep: { key: "not_connected_next" } };
  }
}

/** At most one button that matters: the one next step, when it is the person's to take. */
function buttonsFor(status: ConnectionStatus): Buttons {
  const { state, connectionId } = status;
  const disconnect = connectionId === null ? [] : [DISCONNECT];
  switch (state) {
    case "not_connected":
      return { primary: CONNECT, secondary: [] };
    case "reconnect_required":
      return lacksAgencyScope(status)
        ? { primary: null, secondary: [CONNECT_AGAIN, ...disconnect] }
        : { primary: CONNECT_AGAIN, secondary: disconnect };
    case "degraded":
    case "paused":
      if (isBeingRemoved(status)) return { primary: null, secondary: [CONNECT_AGAIN] };
      return { primary: connectionId === null ? null : TRY_NOW, secondary: disconnect };
    case "connected":
      return lacksScopes(status)
        ? { primary: CONNECT_AGAIN, secondary: disconnect }
        : { primary: null, secondary: [CONNECT_AGAIN, ...disconnect] };
  }
}
