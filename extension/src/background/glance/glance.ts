/** Decides what the toolbar says about one tab. Pure: the same input gives the same glance. */
import type { ConnectionStatus } from "#shared/connection_status.ts";
import { lacksAgencyScope } from "../../popup/lacks_agency_scope.ts";
import { lacksScopes, shortened } from "../../popup/note.ts";
import { isBeingRemoved } from "../../popup/removal.ts";
import type { KnownStatus } from "../../status_store.ts";
import type { MessageKey } from "../../text.ts";
import type { ToolbarIcon } from "./toolbar_icons.ts";

/** An older status is not shown before the server has been asked: whoever sees it would believe it. */
export const BELIEVED_MS = 60 * 60_000;

/** `title` names the location as `$1`: `name`, or what to call it while its name is not known (null). */
export type Glance = { icon: ToolbarIcon; title: MessageKey; name: string | null; badge: "" | "!" };

type Saying = Omit<Glance, "name">;

const NOTHING_TO_SAY: Glance = { icon: "grey", title: "name", name: null, badge: "" };

/** The server no longer knows this browser, and whoever connects again is known to it. */
export const SESSION_ENDED: Glance = { icon: "marked", title: "session_ended", name: null, badge: "!" };

/**
 * `known` is null for a tab without a location, in a browser that is not signed in, and when no server has answered.
 * `now` in milliseconds since 1970.
 */
export function glanceFor({ known, now }: { known: KnownStatus | null; now: number }): Glance {
  // The clock may have been set back since.
  if (known === null || Math.abs(now - known.checkedAt) > BELIEVED_MS) return NOTHING_TO_SAY;
  const { locationName } = known.status;
  return { ...sayingFor(known.status), name: locationName === null ? null : shortened(locationName) };
}

function sayingFor(status: ConnectionStatus): Saying {
  switch (status.state) {
    case "connected":
      return lacksScopes(status)
        ? { icon: "marked", title: "glance_scopes_missing", badge: "!" }
        : { icon: "icon", title: "glance_connected", badge: "" };
    case "degraded":
      return {
        icon: "icon",
        title: isBeingRemoved(status) ? "glance_disconnecting" : "glance_degraded",
        badge: "",
      };
    case "paused":
      return { icon: "icon", title: "glance_paused", badge: "" };
    case "reconnect_required":
      return lacksAgencyScope(status)
        ? { icon: "icon", title: "reconnect_scope_missing", badge: "" }
        : { icon: "marked", title: "glance_reconnect_required", badge: "!" };
    case "not_connected":
      return { icon: "outline", title: "glance_not_connected", badge: "" };
  }
}
