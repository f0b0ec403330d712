/** One extra sentence below a status: what the person would otherwise be surprised by. */
import type { ConnectionStatus } from "#shared/connection_status.ts";
import type { ConnectedAttempt } from "../attempt.ts";
import type { Text } from "../text.ts";
import type { PopupView } from "./popup_view.ts";

/** More names than this fill the popup without helping. */
const MAX_SCOPES = 3;

/** A longer name would push the rest of its sentence out of sight. */
const MAX_NAME_LENGTH = 60;

/** `view` with the note. That of a connection takes the place of its next step, which is to do nothing. */
export function withNote(view: PopupView, note: Text | null): PopupView {
  if (note === null) return view;
  return { ...view, note, nextStep: view.kind === "connected" ? null : view.nextStep };
}

/** Permissions that the app asks for and this connection was not given. */
export function missingScopesNote({ state, missingScopes }: ConnectionStatus): Text | null {
  if (state !== "connected" || missingScopes.length === 0) return null;
  const named = missingScopes.slice(0, MAX_SCOPES).join(", ");
  return { key: "note_missing_scopes", values: [missingScopes.length > MAX_SCOPES ? `${named}, …` : named] };
}

/** Says so when something else was connected than what was in view. `status` is that of the location in view. */
export function noteFor(outcome: ConnectedAttempt, status: ConnectionStatus | null): Text | null {
  const { kind, locationId, locationName } = outcome.connection;
  if (kind === "company" || locationId === null) {
    if (outcome.locationId === null) return { key: "note_connected_company" };
    return status?.state === "not_connected" ? { key: "note_company_without_location" } : null;
  }
  if (locationId === outcome.locationId) return null;
  const name = shortened(locationName ?? locationId);
  if (outcome.locationId !== null) return { key: "note_connected_other", values: [name] };
  return locationId === status?.locationId ? null : { key: "note_connected_location", values: [name] };
}

function shortened(name: string): string {
  const characters = [...name];
  return characters.length > MAX_NAME_LENGTH ? `${characters.slice(0, MAX_NAME_LENGTH).join("")}…` : name;
}
