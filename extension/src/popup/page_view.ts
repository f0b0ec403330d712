/** The views of a page that belongs to no location. */
import { type ActionButton, BARE_VIEW, type PopupView } from "./popup_view.ts";
import type { Page } from "./viewed_location.ts";

const CONNECT_ANY: ActionButton = { action: "connect", label: "action_connect_any" };

/** An agency can be connected as a whole, so its pages offer that; elsewhere there is nothing to connect. */
export function pageViewFor(kind: Exclude<Page["kind"], "location">): PopupView {
  switch (kind) {
    case "not_highlevel":
      return {
        ...BARE_VIEW,
        kind: "not_highlevel",
        heading: { key: "not_highlevel_title" },
        sentence: { key: "not_highlevel" },
        nextStep: { key: "not_highlevel_next" },
      };
    case "hidden":
      return {
        ...BARE_VIEW,
        kind: "page_hidden",
        heading: { key: "page_hidden_title" },
        sentence: { key: "page_hidden" },
        nextStep: { key: "page_hidden_next" },
      };
    case "agency_page":
      return {
        ...BARE_VIEW,
        kind: "agency_page",
        heading: { key: "agency_page_title" },
        sentence: { key: "agency_page" },
        nextStep: { key: "agency_page_next" },
        secondary: [CONNECT_ANY],
      };
  }
}
