/** What the popup shows, as data: decided by pure functions, drawn by the components, compared by tests. */
import type { MessageKey, Text } from "../text.ts";

export type ViewKind =
  | "not_highlevel"
  | "page_hidden"
  | "agency_page"
  | "checking"
  | "not_connected"
  | "connecting"
  | "connected"
  | "degraded"
  | "paused"
  | "reconnect_required"
  | "sign_in_failed"
  | "server_unreachable";

/** Each has a shape of its own, so that nothing is said by colour alone. */
export type StatusIcon =
  | "check"
  | "warning"
  | "pause"
  | "broken"
  | "empty"
  | "progress"
  | "error"
  | "offline";

export type Badge = { icon: StatusIcon; label: MessageKey };

/**
 * - `connect`: start an attempt
 * - `refresh`: have the connection renewed now
 * - `disconnect`: ask whether the connection shall be removed
 * - `disconnect_now`: remove it
 * - `keep`: leave it as it is
 * - `retry`: do again what failed: the attempt, or asking the server
 * - `cancel`: end the running attempt
 * - `show_window`: bring the sign-in window to the front
 * - `dismiss`: put the outcome of the last attempt away
 * - `check`: ask the server now
 * - `connections`: open the page with all connections
 * - `options`: open the options page
 */
export type PopupAction =
  | "connect"
  | "refresh"
  | "disconnect"
  | "disconnect_now"
  | "keep"
  | "retry"
  | "cancel"
  | "show_window"
  | "dismiss"
  | "check"
  | "connections"
  | "options";

export type ActionButton<Action extends string = PopupAction> = {
  action: Action;
  label: MessageKey;
  style?: "quiet" | "danger";
};

/** One that matters, and the others. */
export type Buttons<Action extends string = PopupAction> = {
  primary: ActionButton<Action> | null;
  secondary: ActionButton<Action>[];
};

/** A question above the view, which has to be answered first. The last of its buttons leaves all as it is. */
export type Confirmation<Action extends string = PopupAction> = Buttons<Action> & {
  title: Text;
  /** What is going to happen. */
  sentence: Text;
  /** That it runs, or why there is no outcome. */
  progress: Text | null;
  isBusy: boolean;
  primary: ActionButton<Action>;
};

/** A moment to show as relative time; milliseconds since 1970. */
export type Fact = { label: MessageKey; at: number };

/** What the app may do, and what it asks for and may not. */
export type ScopeList = { granted: string[]; missing: string[] };

export type PopupView = Buttons & {
  kind: ViewKind;
  heading: Text;
  /** Shown small below the heading. */
  locationId: string | null;
  /** Whose install it is, beside the id. */
  install: MessageKey | null;
  badge: Badge | null;
  sentence: Text;
  nextStep: Text | null;
  note: Text | null;
  facts: Fact[];
  scopes: ScopeList | null;
  /** What was known before the server stopped answering, and when it said so. */
  lastKnown: { badge: Badge; at: number } | null;
  confirmation: Confirmation | null;
  /** When the server said what is shown; null when it did not. */
  checkedAt: number | null;
};

/** What a view leaves out unless it says otherwise. */
export const BARE_VIEW: Omit<PopupView, "kind" | "heading" | "sentence"> = {
  locationId: null,
  install: null,
  badge: null,
  nextStep: null,
  note: null,
  facts: [],
  scopes: null,
  lastKnown: null,
  primary: null,
  secondary: [],
  confirmation: null,
  checkedAt: null,
};
