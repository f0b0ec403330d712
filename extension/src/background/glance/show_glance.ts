/** Writes a glance into the toolbar, for one tab. */
import type { Glance } from "./glance.ts";
import { toolbarIconPaths } from "./toolbar_icons.ts";

/** The part of `browser.action` that is needed here. */
export type ToolbarAction = {
  setIcon(details: { tabId: number; path: Record<string, string> }): Promise<void>;
  setTitle(details: { tabId: number; title: string }): Promise<void>;
  setBadgeText(details: { tabId: number; text: string }): Promise<void>;
  setBadgeBackgroundColor(details: { tabId: number; color: string }): Promise<void>;
  setBadgeTextColor(details: { tabId: number; color: string }): Promise<void>;
};

// As in the picture; white on it has 4.7:1.
const BADGE_COLOUR = "#d6322a";

/** Says everything anew, whatever was said before. Nothing comes of it when the tab has been closed. */
export async function showGlance(
  action: ToolbarAction,
  { tabId, glance, title }: { tabId: number; glance: Glance; title: string },
): Promise<void> {
  const { icon, badge } = glance;
  const said = [
    action.setIcon({ tabId, path: toolbarIconPaths(icon) }),
    action.setTitle({ tabId, title }),
    action.setBadgeText({ tabId, text: badge }),
  ];
  if (badge !== "") {
    said.push(
      action.setBadgeBackgroundColor({ tabId, color: BADGE_COLOUR }),
      action.setBadgeTextColor({ tabId, color: "#ffffff" }),
    );
  }
  await Promise.allSettled(said);
}
