/** An app's webhook endpoint for the tests of the simulator: it keeps what it gets, and answers as it is told. */
import * as v from "valibot";
import type { SimulatorOptions } from "./simulator.ts";
import { defaultSettings } from "./default_settings.ts";

const Body = v.looseObject({ type: v.string(), timestamp: v.string(), webhookId: v.string() });

export interface ReceivedWebhook {
  headers: Headers;
  text: string;
  body: v.InferOutput<typeof Body>;
}

export interface WebhookReceiver {
  readonly received: ReceivedWebhook[];
  /** Statuses of the answers to come; when they are used up, 200. Null breaks the connection. */
  readonly statuses: (number | null)[];
  fetch(request: Request): Promise<Response>;
  /** Types and ids of what came, for one comparison. */
  summary(): string[];
}

export const WEBHOOK_URL = "https://app.example/webhooks";

export function createReceiver(): WebhookReceiver {
  const received: ReceivedWebhook[] = [];
  const statuses: (number | null)[] = [];
  return {
    received,
    statuses,
    async fetch(request) {
      const text = await request.text();
      received.push({ headers: request.headers, text, body: v.parse(Body, JSON.parse(text)) });
      const status = statuses.shift();
      if (status === null) throw new TypeError("The connection broke");
      return new Response(null, { status: status ?? 200 });
    },
    summary: () =>
      received.map(({ body: { type, locationId, companyId, id } }) =>
        `${type} ${locationId ?? id ?? companyId}`
      ),
  };
}

/** Options of a simulator whose default app sends its webhooks to the receiver. */
export function deliveringTo(receiver: WebhookReceiver): Pick<SimulatorOptions, "fetch" | "settings"> {
  const { apps } = defaultSettings();
  return {
    fetch: receiver.fetch,
    settings: { apps: apps.map((app) => ({ ...app, webhookUrl: WEBHOOK_URL })) },
  };
}
