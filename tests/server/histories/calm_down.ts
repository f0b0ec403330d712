/** The end of all histories of a run: nothing goes wrong any more, and time passes until everything has come to rest. */
import type { HistoryWorld } from "./history_world.ts";
import { live, liveThrough, makeAllDue, tend } from "./live_through.ts";
import type { WeatherPlan } from "./weather_plan.ts";

/** At first things happen within seconds. */
const FIRST_STEPS_SECONDS = [11, 60, 600] as const;
/** In which every token has its turn. */
const DAY_SECONDS = 24 * 3600;
/** Failures of all kinds are tried again within such a time. */
const SHORT_STEP_SECONDS = 15 * 60;
/** An install that HighLevel refuses for good has its turn once a day, and webhooks may be as long on their way. */
const LONG_STEP_SECONDS = 12 * 3600;
const MOST_STEPS = 60;
/** For one more listing of each agency. */
const LAST_STEP_SECONDS = 70 * 60;

export async function calmDown(world: HistoryWorld, { end }: Pick<WeatherPlan, "end">): Promise<void> {
  const { faults, webhooks } = world.relatch.simulator;
  faults.clear();
  webhooks.orders.clear();
  webhooks.orders.disorder({});
  await tend(world);
  for (const seconds of FIRST_STEPS_SECONDS) await live(world, seconds);
  if (end === "natural") await liveThrough(world, DAY_SECONDS);
  else await makeAllDue(world);
  await tend(world);
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    const unrest = await findUnrest(world);
    if (unrest === "none") break;
    await live(world, unrest === "short" ? SHORT_STEP_SECONDS : LONG_STEP_SECONDS);
  }
  await live(world, LAST_STEP_SECONDS);
}

/** Whether there is anything left to wait for, and how long that takes. */
async function findUnrest({ relatch }: HistoryWorld): Promise<"none" | "short" | "long"> {
  const [row] = await relatch.database<{ short: boolean; long: boolean }[]>`
    SELECT
      EXISTS (
        SELECT FROM connections c
        LEFT JOIN coverages v ON v.connection_id = c.id AND v.installed
        LEFT JOIN connections a ON a.id = v.company_connection_id
        WHERE c.lease_id IS NOT NULL OR c.check_due_at IS NOT NULL
          OR c.refresh_token IS NOT NULL AND c.next_refresh_at <= now()
          OR c.problem_code NOT IN ('location_inactive', 'refresh_token_rejected', 'install_revoked')
          -- What is not active cannot be asked for, nor removed; nor can what an agency without tokens had.
          OR (c.uninstall_suspected_at IS NOT NULL OR c.removal_due_at IS NOT NULL)
            AND NOT 'location_inactive' = ANY (ARRAY[c.problem_code, v.problem_code, a.problem_code])
            AND (c.refresh_token IS NOT NULL OR a.problem_code IS DISTINCT FROM 'refresh_token_rejected'))
      OR EXISTS (SELECT FROM coverages WHERE check_due_at IS NOT NULL)
      OR EXISTS (SELECT FROM webhook_inbox WHERE due_at IS NOT NULL) AS short,
      EXISTS (SELECT FROM connections WHERE problem_code = 'install_revoked') AS long`;
  if (row?.short) return "short";
  // What is not signed is never taken, however often it is sent.
  const isComing = relatch.simulator.webhooks.deliveries().some(({ state, signature }) =>
    state === "waiting" && signature === null
  );
  return row?.long || isComing ? "long" : "none";
}
