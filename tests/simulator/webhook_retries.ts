/** When a webhook that was not taken is sent again (facts 5.4). */
import type { Random } from "./seeded_random.ts";
import type { Switches } from "./switches.ts";

const MAX_RETRIES = 12;
const MAX_DELAY_MILLISECONDS = 6 * 3600 * 1000;
const OLDER_RETRIES = 6;
const OLDER_DELAY_MILLISECONDS = 600_000;

/**
 * Milliseconds until the next attempt after `attempts` failed ones, of which the last got `status` (null for no answer);
 * null when there is none. Exponential with jitter: between half of the step and all of it.
 */
export function retryDelay(
  { webhookRetries, webhookRetryBaseSeconds }: Switches,
  { attempts, status, random }: { attempts: number; status: number | null; random: Random },
): number | null {
  if (webhookRetries === "older") {
    return status === 429 && attempts <= OLDER_RETRIES ? OLDER_DELAY_MILLISECONDS : null;
  }
  if (attempts > MAX_RETRIES) return null;
  const step = Math.min(webhookRetryBaseSeconds * 1000 * 2 ** (attempts - 1), MAX_DELAY_MILLISECONDS);
  return Math.ceil(step * (0.5 + random() / 2));
}
