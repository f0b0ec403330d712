/** How long ago or from now a moment is, in words: "3 hours ago", "in 2 days". */

const DAY_SECONDS = 86_400;

/** Below a day: each unit with its length in seconds, and with how many of it make the next one. */
const UNITS: readonly [Intl.RelativeTimeFormatUnit, number, number][] = [
  ["minute", 60, 60],
  ["hour", 3_600, 24],
];

/** Under a minute this is "now". `at` and `now` in milliseconds since 1970. */
export function relativeTime(at: number, { now, language }: { now: number; language: string }): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const seconds = Math.round((at - now) / 1000);
  if (Math.abs(seconds) < 60) return format.format(0, "second");
  for (const [unit, length, limit] of UNITS) {
    const count = Math.round(seconds / length);
    // Judged after rounding: 59 minutes and a half are an hour.
    if (Math.abs(count) < limit) return format.format(count, unit);
  }
  return format.format(Math.round(seconds / DAY_SECONDS), "day");
}
