/** The figures as a table for a terminal. */
import { type Figure, isMet, type Part, type Wanted } from "./figure.ts";
import type { Spread } from "./spread.ts";

const HEADINGS = ["", "ours", "theirs", "", "ratio", "(low – high)", "wanted", ""] as const;
const ALIGNED_RIGHT: readonly boolean[] = [false, true, true, false, true, false, true, false];

/** Lines of text: a heading a part, one line a figure, its note below it. */
export function tableFor(parts: readonly Part[]): string {
  const rows = parts.flatMap(({ figures }) => figures.map(cellsFor));
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((cells) => cells[column]?.length ?? 0))
  );
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) =>
      ALIGNED_RIGHT[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
    ).join("  ").trimEnd();
  return parts.flatMap(({ title, figures }) => [
    "",
    title,
    line(HEADINGS),
    ...figures.flatMap((figure) => [
      line(cellsFor(figure)),
      ...(figure.note === undefined ? [] : [`    ${figure.note}`]),
    ]),
  ]).join("\n");
}

function cellsFor(figure: Figure): readonly string[] {
  const { name, ours, theirs, unit, ratio, wanted } = figure;
  const met = isMet(figure);
  return [
    `  ${name}`,
    numberText(ours),
    theirs === undefined ? "" : numberText(theirs),
    unit,
    ratio === undefined ? "" : numberText(ratio.median),
    ratio === undefined ? "" : reachText(ratio),
    wanted === undefined ? "" : wantedText(wanted),
    met === undefined ? "" : met ? "met" : "SHORT",
  ];
}

function reachText({ low, high }: Spread): string {
  return `(${numberText(low)} – ${numberText(high)})`;
}

function wantedText(wanted: Wanted): string {
  return "atLeast" in wanted ? `≥ ${wanted.atLeast}` : `≤ ${wanted.atMost}`;
}

/** Three digits that count, and no more. */
function numberText(value: number): string {
  if (Math.abs(value) >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString("en");
  return value.toPrecision(3);
}
