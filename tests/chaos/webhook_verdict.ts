/** What became of HighLevel's webhooks: each that a server took is in the inbox, done, and was carried out about once. */
import type { Database } from "../../server/db/connect_database.ts";
import type { Tally } from "./tally.ts";
import type { Violation } from "./violation.ts";
import type { WebhookDelivery } from "./webhook_weather.ts";

export interface WebhookFigures {
  /** What happened at HighLevel, each with an id of its own. */
  readonly events: number;
  /** Never sent. */
  readonly lost: number;
  /** Sent more than once, whoever took the first one. */
  readonly repeated: number;
  readonly attempts: number;
  /** In the inbox. */
  readonly received: number;
  readonly done: number;
  /** How often they were claimed, beyond once each. */
  readonly claimedAgain: number;
}

export interface WebhookVerdictOptions {
  readonly database: Database;
  readonly deliveries: readonly WebhookDelivery[];
  /** How often a webhook may have been claimed in vain: by processes that died, and where it was postponed. */
  readonly mayBeClaimedAgain: number;
  /** By webhook: how often it was put off. */
  readonly postponed: Tally;
}

export async function judgeWebhooks(
  { database, deliveries, mayBeClaimedAgain, postponed }: WebhookVerdictOptions,
): Promise<{ violations: Violation[]; figures: WebhookFigures }> {
  const rows = await database<{ webhookId: string; attempts: number; isDone: boolean }[]>`
    SELECT webhook_id AS "webhookId", attempts, done_at IS NOT NULL AS "isDone" FROM webhook_inbox`;
  const inbox = new Map(rows.map((row) => [row.webhookId, row]));
  const byId = Map.groupBy(deliveries, ({ webhookId }) => webhookId);
  const sent = [...byId].filter(([, all]) => all.some(({ state }) => state !== "lost"));
  const violations: Violation[] = [];
  const say = (what: string): void => void violations.push({ what, locationId: null });

  for (const [webhookId, all] of sent) {
    const [{ type, resourceId } = { type: "", resourceId: "" }] = all;
    const isTaken = all.some(({ state }) => state === "delivered");
    const name = `The ${type} webhook about "${resourceId}"`;
    if (isTaken && !inbox.has(webhookId)) say(`${name} was taken and is not in the inbox`);
    if (!isTaken) say(`${name} was not taken by anybody`);
    if ((inbox.get(webhookId)?.attempts ?? Infinity) <= postponed.count(webhookId)) {
      say(`${name} was put off and not carried out again`);
    }
  }
  const waiting = rows.filter(({ isDone }) => !isDone).length;
  if (waiting > 0) say(`${waiting} webhooks are not done`);
  const claimedAgain = rows.reduce((sum, { attempts }) => sum + attempts - 1, 0);
  if (claimedAgain > mayBeClaimedAgain) {
    say(`Webhooks were claimed again ${claimedAgain} times, and ${mayBeClaimedAgain} can be explained`);
  }
  const attemptsOf = (all: readonly WebhookDelivery[]): number =>
    all.reduce((sum, { attempts }) => sum + attempts.length, 0);
  return {
    violations,
    figures: {
      events: byId.size,
      lost: byId.size - sent.length,
      repeated: sent.filter(([, all]) => attemptsOf(all) > 1).length,
      attempts: attemptsOf(deliveries),
      received: rows.length,
      done: rows.length - waiting,
      claimedAgain,
    },
  };
}
