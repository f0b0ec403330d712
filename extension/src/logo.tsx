/** The mark of Relatch: a hook that has caught its eye. Decoration only; the name stands beside it. */
import type { JSX } from "hono/jsx/dom/jsx-runtime";

export function Logo(): JSX.Element {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect class="logo-tile" width="32" height="32" rx="8" />
      <path class="logo-mark" d="M6.5 10h12.5a6 6 0 1 1-6 6" />
      <circle class="logo-eye" cx="19" cy="16" r="2.2" />
    </svg>
  );
}
