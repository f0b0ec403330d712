/** `/_simulator/webhooks/…`: where webhooks go, what befalls them, and what came of each. */
import { Hono } from "hono";
import * as v from "valibot";
import { parseBody } from "./control_body.ts";
import { appsById } from "./settings.ts";
import type { SimulatorState } from "./simulator_state.ts";
import { WebhookDisorder, WebhookOrder } from "./webhook_orders.ts";
import { firstAppId } from "./truth.ts";

const UrlRequest = v.strictObject({
  appId: v.optional(v.string()),
  /** Null: nothing is sent any more. */
  url: v.nullable(v.pipe(v.string(), v.url())),
});

const OrdersRequest = v.union([WebhookOrder, v.array(WebhookOrder)]);
const ResendRequest = v.strictObject({ webhookId: v.string() });

/** An event by hand, for instance about another app: its whole body but `timestamp` and `webhookId`. */
const EventRequest = v.looseObject({ type: v.string() });

/** Routes below `/_simulator/webhooks`. */
export function webhookControlRoutes(state: SimulatorState): Hono {
  const { settings, webhooks } = state;
  const report = () => ({
    publicKey: webhooks.signer.publicKey,
    urls: settings.apps.map(({ webhookUrl }) => webhookUrl ?? null),
    pending: webhooks.orders.pending(),
    nextDueAt: webhooks.nextDueAt(),
  });
  const routes = new Hono();
  routes.get("/", (context) => context.json(report()));
  routes.get("/deliveries", (context) => context.json({ deliveries: webhooks.deliveries() }));
  routes.get("/legacy-key", (context) => context.json({ publicKey: webhooks.signer.legacyPublicKey() }));
  routes.post("/url", async (context) => {
    const { appId = firstAppId(state), url } = await parseBody(context, UrlRequest);
    setWebhookUrl(state, { appId, url });
    return context.json(report());
  });
  routes.post("/orders", async (context) => {
    const orders = await parseBody(context, OrdersRequest);
    for (const order of Array.isArray(orders) ? orders : [orders]) webhooks.orders.next(order);
    return context.json(report());
  });
  routes.delete("/orders", (context) => {
    webhooks.orders.clear();
    webhooks.orders.disorder({});
    return context.json(report());
  });
  routes.post("/disorder", async (context) => {
    webhooks.orders.disorder(await parseBody(context, WebhookDisorder));
    return context.json(report());
  });
  routes.post("/pump", async (context) => context.json({ attempts: await webhooks.pump({ atOnce: 8 }) }));
  routes.post("/resend", async (context) => {
    webhooks.resend((await parseBody(context, ResendRequest)).webhookId);
    return context.json(report());
  });
  routes.post("/events", async (context) => {
    const fields = await parseBody(context, EventRequest);
    webhooks.queue({ type: fields.type, appId: firstAppId(state), resourceId: "", fields });
    return context.json(report());
  });
  return routes;
}

/** Where an app's webhooks go from now on. Throws for an unknown app. */
export function setWebhookUrl(
  { settings }: SimulatorState,
  { appId, url }: { appId: string; url: string | null },
): void {
  const app = appsById(settings).get(appId);
  if (app === undefined) throw new Error(`Cannot set the webhook URL: no app "${appId}"`);
  app.webhookUrl = url ?? undefined;
}
