/** A length of time in words: "30 seconds", "5 minutes". */

/** From here on nobody counts seconds, or minutes. */
const [MANY_SECONDS, MANY_MINUTES] = [100, 100];

/** Rounded up, so that whoever waits that long has waited long enough. */
export function duration(seconds: number, language: string): string {
  const minutes = Math.ceil(seconds / 60);
  if (seconds < MANY_SECONDS) return inUnit(seconds, "second");
  return minutes < MANY_MINUTES ? inUnit(minutes, "minute") : inUnit(Math.ceil(seconds / 3600), "hour");

  function inUnit(count: number, unit: string): string {
    return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(count);
  }
}
