/** Draws the time that a connection spent in each state. Every state has a height of its own: nothing is said by colour alone. */
import { message, textLanguage } from "../message.ts";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import { CATEGORIES } from "./listed_connections.ts";
import { type Mark, MARKS, type Timeline } from "./timeline.ts";

export function TimelinePicture({ timeline }: { timeline: Timeline }): JSX.Element {
  const { from, to, bands, marks } = timeline;
  const part = (length: number): string => `${(length / (to - from) * 100).toFixed(3)}%`;
  const format = new Intl.DateTimeFormat(textLanguage(), {
    dateStyle: "medium",
    ...(to - from < 86_400_000 ? { timeStyle: "short" } : {}),
  });
  const [first, last] = [format.format(from), format.format(to)];
  return (
    <figure class="timeline">
      <svg role="img" class="timeline-picture">
        <title>{message("history_picture", [first, last])}</title>
        {bands.map((band) => (
          <rect
            key={band.from}
            class={`band band-${band.category}`}
            x={part(band.from - from)}
            width={part(band.to - band.from)}
          />
        ))}
        {marks.map(({ kind, from: start, to: end }) => (
          <MarkShape key={`${start} ${kind}`} kind={kind} x1={part(start - from)} x2={part(end - from)} />
        ))}
      </svg>
      <p class="timeline-ends" aria-hidden="true">
        <span>{first}</span>
        <span>{last}</span>
      </p>
      <ul class="legend" aria-hidden="true">
        {CATEGORIES.filter((known) => bands.some(({ category }) => category === known)).map((category) => (
          <li key={category}>
            <svg>
              <rect class={`band band-${category}`} width="100%" />
            </svg>
            {message(`state_${category}`)}
          </li>
        ))}
        {MARKS.filter((known) => marks.some(({ kind }) => kind === known)).map((kind) => (
          <li key={kind}>
            <svg>
              <MarkShape kind={kind} x1="50%" x2="50%" />
            </svg>
            {message(`event_${kind}`)}
          </li>
        ))}
      </ul>
    </figure>
  );
}

/** Renewals are dots, and a bar where they are close together; what ends trouble is a ring or a disc above. */
function MarkShape({ kind, x1, x2 }: { kind: Mark["kind"]; x1: string; x2: string }): JSX.Element {
  return kind === "renewed"
    ? <line class="mark mark-renewed" x1={x1} x2={x2} y1="42" y2="42" />
    : <circle class={`mark mark-${kind}`} cx={x1} r="4" />;
}
