/** One extra sentence below a status: what the person would otherwise be surprised by. */
import type { ConnectionStatus } from "#shared/connection_status.ts";
import type { ConnectedAttempt } from "../attempt.ts";
import type { Text } from "../text.ts";
import type { PopupView } from "./popup_view.ts";

/** More names than this fill the popup without helping. */
const MAX_SCOPES = 2;

/** A longer name would push the rest of its sentence out of sight. */
const MAX_NAME_LENGTH = 60;

/** `view` with the note, in the place of a next step that is to do nothing. */
export function withNote(view: PopupView, note: Text | null): PopupView {
  if (note === null) return view;
  const { nextStep } = view;
  const isIdle = nextStep !== null && "key" in nextStep && nextStep.key === "connected_next";
  return { ...view, note, nextStep: isIdle ? null : nextStep };
}

/** Beside what the server said when it was asked again, and which may come as a surprise. */
export function withSurprise(view: PopupView, note: Text): PopupView {
  return view.checkedAt === null ? view : withNote(view, note);
}

/** Whether a connection that is well was not given all the permissions that the app asks for. */
export function lacksScopes({ state, missingScopes }: ConnectionStatus): boolean {
  return state === "connected" && missingScopes.length > 0;
}

/** Names the permissions that are missing. */
export function missingScopesNote(status: ConnectionStatus): Text | null {
  if (!lacksScopes(status)) return null;
  const { missingScopes } = status;
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

/** A name from outside that fits into a sentence. */
export function shortened(name: string): string {
  const characters = [...name];
  return characters.length > MAX_NAME_LENGTH ? `${characters.slice(0, MAX_NAME_LENGTH).join("")}…` : name;
}
