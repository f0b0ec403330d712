/** Takes one webhook from the inbox to its end: applied and done, or put off while HighLevel does not answer. */
import type { AgencyDependencies } from "../agencies/agency_dependencies.ts";
import { applyEvent, type ApplyFailure } from "./apply_event.ts";
import { type ClaimedWebhook, finishWebhook, postponeWebhook } from "./webhook_inbox.ts";

const FIRST_PAUSE_SECONDS = 5;
const LONGEST_PAUSE_SECONDS = 15 * 60;
/** For a listing of some thousand locations to come to its end. */
const LISTING_SECONDS = 20;
/** One that never comes to an end at all, whatever cuts it off, must not come back for ever. */
const MOST_CUT_OFF = 200;
/** A quarter of a day; the listings know by then what it said. */
const MOST_ATTEMPTS = 30;

/** `applied` is waited for between the work and the note that it is done. Throws when the database fails. */
export async function carryOutWebhook(
  deps: AgencyDependencies,
  webhook: ClaimedWebhook,
  applied: () => Promise<void> | void,
): Promise<void> {
  const { database, logger } = deps;
  const { webhookId, attempts, event } = webhook;
  const fields = { webhook_id: webhookId, type: event.type, attempts };
  if (attempts > MOST_CUT_OFF) {
    await finishWebhook(database, webhook);
    logger.error("webhook_given_up", { ...fields, reason: "cut_off" });
    return;
  }
  const outcome = await applyEvent(deps, webhook);
  await applied();
  if (!outcome.ok && attempts < MOST_ATTEMPTS) {
    await postponeWebhook(database, webhook, pauseSecondsFor(outcome.failure, attempts, deps.random()));
    logger.info("webhook_postponed", { ...fields, reason: outcome.failure.reason });
    return;
  }
  await finishWebhook(database, webhook);
  if (outcome.ok) logger.info("webhook_done", fields);
  else logger.error("webhook_given_up", { ...fields, reason: outcome.failure.reason });
}

/** `random` in [0, 1). */
function pauseSecondsFor(refused: ApplyFailure, attempts: number, random: number): number {
  if (refused.reason === "listing_first") return LISTING_SECONDS * (1 + random / 2);
  const bound = Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** Math.min(attempts - 1, 10));
  const wished = "pauseSeconds" in refused ? refused.pauseSeconds ?? 0 : 0;
  return Math.max(wished * (1 + random / 2), (0.5 + random / 2) * bound);
}
