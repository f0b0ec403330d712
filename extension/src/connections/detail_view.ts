/** What is said of one connection: as the popup says it, without what belongs to the page of its location. */
import type { ConnectionStatus } from "#shared/connection_status.ts";
import type { PopupView } from "../popup/popup_view.ts";
import { type RefreshProgress, withRefresh } from "../popup/refresh_view.ts";
import { statusViewFor } from "../popup/status_view.ts";
import type { Text } from "../text.ts";
import { idOf } from "./listed_connections.ts";

/** Name of the location, or what to call it without one. */
export function nameOf(status: ConnectionStatus): Text {
  if (status.locationName !== null) return { verbatim: status.locationName };
  return status.locationId === null ? { key: "agency" } : { verbatim: status.locationId };
}

/** `now` in milliseconds since 1970. */
export function detailViewFor(
  { status, refresh }: { status: ConnectionStatus; refresh: RefreshProgress | null },
  now: number,
): PopupView {
  const isAgency = status.locationId === null;
  // What is said of an agency's install is said of one of its locations; this is the install itself.
  const told = isAgency ? { ...status, kind: null } : status;
  const view = statusViewFor({ locationId: idOf(status), status: told, checkedAt: now }, now);
  const sentence = isAgency ? agencySentence(view.sentence) : view.sentence;
  return withRefresh({ ...view, sentence, heading: nameOf(status), secondary: [] }, { refresh, now });
}

function agencySentence(sentence: Text): Text {
  if (!("key" in sentence)) return sentence;
  if (sentence.key === "connected") return { key: "connected_agency" };
  return sentence.key === "reconnect_install_revoked" ? { key: "reconnect_required" } : sentence;
}
