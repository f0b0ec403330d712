/** What a page in the browser window can say: one sentence of what happened, and one next step. */
import type { InstallRefusal } from "../connections/obtain_install.ts";

/** The other errors of an attempt go back to the extension and have no page. */
export type Outcome =
  | InstallRefusal
  | "rate_limited"
  | "server_error"
  | "redirect_not_allowed"
  | "attempt_unknown"
  | "nothing_to_do"
  | "installed"
  | "marketplace_installs_off";

export interface OutcomeText {
  readonly tone: "good" | "calm" | "bad";
  readonly title: string;
  readonly happened: string;
  readonly next: string;
}

/** The text of every outcome. */
export const OUTCOME_TEXTS: Readonly<Record<Outcome, OutcomeText>> = {
  installed: {
    tone: "good",
    title: "The app is installed",
    happened: "HighLevel installed the app, and Relatch keeps its connection from now on.",
    next: "To see the connection in your browser, open Relatch on a page of this location and click Connect.",
  },
  nothing_to_do: {
    tone: "calm",
    title: "Nothing to do here",
    happened: "This page finishes a connection that was started elsewhere. Nothing was changed.",
    next: "To connect a location, open Relatch on one of its HighLevel pages and click Connect.",
  },
  attempt_unknown: {
    tone: "bad",
    title: "This attempt is not known here",
    happened:
      "It was started in another browser, has already finished, or is too old. Nothing was connected.",
    next: "Close this window, open Relatch in the browser's toolbar and click Connect.",
  },
  code_rejected: {
    tone: "bad",
    title: "HighLevel does not accept this code",
    happened: "An authorization code works once and for a few minutes; this one was used or is too old.",
    next: "If you reloaded this page, all may be well. Otherwise install the app again.",
  },
  location_inactive: {
    tone: "bad",
    title: "The location is not active",
    happened: "HighLevel says that the plan of this location is paused, cancelled or not completed.",
    next: "Activate the location in HighLevel, then connect again.",
  },
  highlevel_unavailable: {
    tone: "bad",
    title: "HighLevel did not answer",
    happened:
      "HighLevel could not be reached, or answered in a way that cannot be used. Nothing was connected.",
    next: "Wait a minute, then try again.",
  },
  operator_action_required: {
    tone: "bad",
    title: "The app is not set up correctly",
    happened: "HighLevel refuses the app itself, not you. Nothing was connected.",
    next: "Tell the people who run this Relatch server: its client id, secret or redirect URL is wrong.",
  },
  redirect_not_allowed: {
    tone: "bad",
    title: "This extension is not known here",
    happened: "The address that the result should go to is not on this server's list. Nothing was started.",
    next: "If you run this server, add the extension's redirect URL to EXTENSION_REDIRECT_URLS.",
  },
  marketplace_installs_off: {
    tone: "bad",
    title: "Installs from the marketplace are switched off",
    happened: "This server accepts connections from its browser extension only. Nothing was stored.",
    next: "Open Relatch on a HighLevel page of the location and click Connect.",
  },
  rate_limited: {
    tone: "bad",
    title: "Too many attempts",
    happened: "This network started more attempts than a person would in one minute.",
    next: "Wait a minute, then try again.",
  },
  server_error: {
    tone: "bad",
    title: "Relatch had a problem",
    happened: "Something failed on this server, and nothing was connected.",
    next: "Try again in a minute. If it stays, tell the people who run this server the number below.",
  },
};
