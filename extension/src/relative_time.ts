/** How long ago or from now a moment is, in words: "3 hours ago", "in 2 days". */

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** Under a minute this is "now". `at` and `now` in milliseconds since 1970. */
export function relativeTime(at: number, { now, language }: { now: number; language: string }): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const seconds = Math.round((at - now) / 1000);
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return format.format(Math.round(seconds / length), unit);
  }
  return format.format(0, "second");
}
