/** The view of a location whose server does not answer as it should: what was known before stays in sight. */
import type { UnreachableReason } from "../ask_for.ts";
import type { KnownStatus } from "../status_store.ts";
import type { MessageKey } from "../text.ts";
import { BARE_VIEW, type PopupView } from "./popup_view.ts";
import { badgeFor, headingFor } from "./status_view.ts";

const SENTENCES: Record<UnreachableReason, MessageKey> = {
  unreachable: "server_unreachable",
  server_trouble: "server_trouble",
  unexpected_answer: "server_unexpected_answer",
};

const NEXT_STEPS: Record<UnreachableReason, MessageKey> = {
  unreachable: "server_unreachable_next",
  server_trouble: "server_trouble_next",
  unexpected_answer: "server_unexpected_answer_next",
};

export function unreachableViewFor(
  { locationId, known, reason, serverHost }: {
    locationId: string;
    known: KnownStatus | null;
    reason: UnreachableReason;
    serverHost: string;
  },
): PopupView {
  return {
    ...BARE_VIEW,
    kind: "server_unreachable",
    heading: headingFor(known?.status.locationName ?? null),
    locationId,
    badge: { icon: "offline", label: "state_server_unreachable" },
    sentence: { key: SENTENCES[reason], values: [serverHost] },
    nextStep: { key: NEXT_STEPS[reason] },
    lastKnown: known === null ? null : { badge: badgeFor(known.status), at: known.checkedAt },
    primary: { action: "retry", label: "action_try_again" },
    secondary: [{ action: "options", label: "action_options" }],
  };
}
