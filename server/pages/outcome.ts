/** What a page in the browser window can say: what happened, to what, and one next step. */
import type { InstalledSummary } from "../connections/install_from_marketplace.ts";
import type { InstallRefusal } from "../connections/obtain_install.ts";

/** Outcomes that are told the same way every time. The other errors of an attempt go back to the extension. */
export type PlainOutcome =
  | InstallRefusal
  | "rate_limited"
  | "server_error"
  | "redirect_not_allowed"
  | "attempt_unknown"
  | "nothing_to_do"
  | "marketplace_installs_off";

/** A page is about one of these. */
export type Outcome = PlainOutcome | { readonly installed: InstalledSummary };

export interface OutcomeText {
  readonly tone: "good" | "calm" | "bad";
  readonly title: string;
  readonly happened: string;
  readonly subject?: Subject;
  readonly next: string;
}

/** The location or agency that it happened to. Its name is shown as HighLevel has it, cut to a length. */
export interface Subject {
  readonly kind: "Location" | "Agency";
  readonly name: string | null;
  readonly id: string;
  readonly more: string | null;
}

const PLAIN_TEXTS: Readonly<Record<PlainOutcome, OutcomeText>> = {
  nothing_to_do: {
    tone: "calm",
    title: "Nothing to do here",
    happened:
      "This page only finishes what was started elsewhere. Opening or reloading it by itself changes nothing.",
    next: "To connect a location, open Relatch on one of its HighLevel pages and click Connect.",
  },
  attempt_unknown: {
    tone: "calm",
    title: "This attempt is not known here",
    happened:
      "It was started in another browser, has already finished, or is too old. This visit connected nothing.",
    next: "If Relatch does not show the location as connected, click Connect there once more.",
  },
  code_rejected: {
    tone: "calm",
    title: "This page works only once",
    happened:
      "It was opened before, or too long ago. Reloading it is fine: what is connected stays connected.",
    next:
      "To see the connection in your browser, open Relatch on a page of the location and click Connect. " +
      "If HighLevel does not list the app as installed, install it again.",
  },
  location_inactive: {
    tone: "bad",
    title: "The location is not active",
    happened: "HighLevel says that the plan of this location is paused, cancelled or not completed.",
    next: "Activate the location in HighLevel, then install the app again.",
  },
  highlevel_unavailable: {
    tone: "bad",
    title: "HighLevel did not answer",
    happened:
      "HighLevel could not be reached, or answered in a way that cannot be used. Nothing was connected.",
    next: "Wait a minute, then install the app again in HighLevel.",
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
    happened: "The address that the result should go to is not on this server’s list. Nothing was started.",
    next: "If you run this server, add the extension’s redirect URL to EXTENSION_REDIRECT_URLS. " +
      "Otherwise tell whoever runs it.",
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
    next:
      "Try again in a minute. If it keeps happening, send the people who run this server the request ID below.",
  },
};

/** The text of an outcome. */
export function outcomeText(outcome: Outcome): OutcomeText {
  return typeof outcome === "string" ? PLAIN_TEXTS[outcome] : installedText(outcome.installed);
}

function installedText({ kind, name, id, locations }: InstalledSummary): OutcomeText {
  const common = { tone: "good", title: "The app is installed" } as const;
  switch (kind) {
    case "location":
      return {
        ...common,
        happened: "HighLevel installed it for this location, and Relatch keeps the connection from now on.",
        subject: { kind: "Location", name, id, more: null },
        next:
          "To see the connection in your browser, open Relatch on a page of this location and click Connect.",
      };
    case "company":
      return {
        ...common,
        happened: "HighLevel installed it for this agency, and Relatch keeps the connection from now on.",
        subject: { kind: "Agency", name, id, more: locationsText(locations) },
        next:
          "To see the connection in your browser, open Relatch on a page of one of its locations and click Connect.",
      };
  }
}

function locationsText(locations: number | null): string {
  switch (locations) {
    case null:
      return "Its locations are being listed";
    case 0:
      return "None of its locations has the app yet";
    case 1:
      return "1 location connected";
    default:
      return `${locations.toLocaleString("en")} locations connected`;
  }
}
