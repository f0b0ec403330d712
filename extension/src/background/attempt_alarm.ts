/** The alarm by which an attempt ends that nobody works on or looks at: it wakes a background that was stopped. */

export const ATTEMPT_ALARM = "attempt";

/** The shortest that browsers allow. */
const PERIOD_MINUTES = 0.5;

/** The part of `browser.alarms` that is needed here. */
export type AttemptAlarms = {
  create(name: string, details: { periodInMinutes: number }): unknown;
  clear(name: string): Promise<unknown>;
};

/** Sets the alarm while an attempt runs. */
export function watchAttempt(alarms: AttemptAlarms, isOn: boolean): void {
  if (isOn) void alarms.create(ATTEMPT_ALARM, { periodInMinutes: PERIOD_MINUTES });
  else void alarms.clear(ATTEMPT_ALARM);
}
