/** The shape of a state, 20 by 20. Decoration only: the name of the state stands beside it. */
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import type { StatusIcon } from "./popup_view.ts";

/** Filled outline, and strokes upon it. */
const SHAPES: Record<StatusIcon, { body: string; strokes: string }> = {
  check: { body: "M10 1a9 9 0 1 1 0 18a9 9 0 0 1 0-18z", strokes: "M6 10.3l2.8 2.8L14 7.4" },
  warning: { body: "M10 1.6l9.2 16.6H.8z", strokes: "M10 7.6v4.6M10 15.2v.1" },
  pause: { body: "M10 1a9 9 0 1 1 0 18a9 9 0 0 1 0-18z", strokes: "M7.8 6.8v6.4M12.2 6.8v6.4" },
  broken: { body: "M10 .6l9.4 9.4l-9.4 9.4L.6 10z", strokes: "M10 5.8v4.8M10 13.8v.1" },
  empty: { body: "", strokes: "M10 2a8 8 0 1 1 0 16a8 8 0 0 1 0-16z" },
  progress: { body: "", strokes: "M10 2a8 8 0 1 1-8 8" },
  error: { body: "M6 1h8l5 5v8l-5 5H6l-5-5V6z", strokes: "M7 7l6 6M13 7l-6 6" },
  offline: {
    body: "",
    strokes: "M2.2 7.2a11 11 0 0 1 15.6 0M5.2 10.8a6.8 6.8 0 0 1 9.6 0M10 15.4v.1M3 2l14 16",
  },
};

export function StatusGlyph({ icon }: { icon: StatusIcon }): JSX.Element {
  const { body, strokes } = SHAPES[icon];
  return (
    <svg class={`glyph glyph-${icon}`} viewBox="0 0 20 20" aria-hidden="true">
      <path class="glyph-body" d={body} />
      <path class={body === "" ? "glyph-line" : "glyph-mark"} d={strokes} />
    </svg>
  );
}
