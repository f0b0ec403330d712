/** The pictures of the toolbar's icon, which lie in `static/icons`. */

/**
 * - `grey`: nothing to say
 * - `outline`: nothing is connected
 * - `icon`: connected, or on its way to be again without a person
 * - `marked`: a person has to act; it differs in shape, not in colour alone
 */
export type ToolbarIcon = "grey" | "outline" | "icon" | "marked";

/** Pixels: ordinary screens, those with two pixels for one, and what the browsers scale down from. */
const SIZES: readonly number[] = [16, 32, 48];

/** Path of each size, from the root of the package. */
export function toolbarIconPaths(icon: ToolbarIcon): Record<string, string> {
  return Object.fromEntries(SIZES.map((size) => [String(size), `icons/${icon}-${size}.png`]));
}
