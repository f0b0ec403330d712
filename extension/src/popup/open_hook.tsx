/** The mark with nothing in its hook, above a page that belongs to no location. Decoration only. */
import type { JSX } from "hono/jsx/dom/jsx-runtime";

export function OpenHook(): JSX.Element {
  return (
    <svg class="open-hook" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M4 9h15.5a6 6 0 1 1-6 6" />
      <circle cx="27" cy="25" r="1.7" />
    </svg>
  );
}
