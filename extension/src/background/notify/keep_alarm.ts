/** The alarm that wakes the background every few minutes. */

const ALARM = "look-again";
const PERIOD_MINUTES = 5;

/** The part of `browser.alarms` that is needed here. */
export type Alarms = {
  get(name: string): Promise<unknown>;
  create(name: string, details: { periodInMinutes: number }): unknown;
};

/** Sets the alarm unless it is set: a browser may lose it, and setting it anew would put it off. */
export async function keepAlarm(alarms: Alarms): Promise<void> {
  const alarm = await alarms.get(ALARM);
  if (alarm === undefined || alarm === null) alarms.create(ALARM, { periodInMinutes: PERIOD_MINUTES });
}
