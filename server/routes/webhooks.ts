/** `POST /webhooks`: takes what HighLevel says of installs, stores it, and answers. What follows from it is done after. */
import { Hono } from "hono";
import { WEBHOOKS_PATH } from "#shared/endpoints.ts";
import type { AppDependencies } from "../app.ts";
import { ApiFailure } from "../errors.ts";
import { bodySize } from "../http/body_size.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { parseWebhook } from "../webhooks/parse_event.ts";
import { createSignatureCheck, SIGNATURE_HEADER } from "../webhooks/verify_signature.ts";
import { storeWebhook } from "../webhooks/webhook_inbox.ts";

/** Samples have less than 1 KiB. */
const MAX_BODY_BYTES = 64 * 1024;

export function webhooksRoute(deps: AppDependencies): Hono<AppEnv> {
  const { config, database, logger, webhookStored } = deps;
  const [appId = ""] = config.highlevel.clientId.split("-");
  const isSigned = createSignatureCheck(config.webhookPublicKeys);
  const route = new Hono<AppEnv>();
  // HighLevel calls in bursts from few addresses, and who cannot sign costs one verification: no call is one too many.
  route.post(WEBHOOKS_PATH, bodySize(MAX_BODY_BYTES), async (c) => {
    const body = await readBytes(c);
    if (!isSigned(body, c.req.header(SIGNATURE_HEADER))) {
      throw new ApiFailure("invalid_signature", "Expected a body that HighLevel signed");
    }
    const requestId = c.get("requestId");
    const parsed = parseWebhook(body, appId);
    if (parsed.kind === "ignored") {
      logger.info("webhook_ignored", { request_id: requestId, why: parsed.why, type: parsed.type });
      return received(c);
    }
    const outcome = await storeWebhook(database, parsed);
    const { webhookId, event } = parsed;
    logger.info("webhook_received", {
      request_id: requestId,
      webhook_id: webhookId,
      type: event.type,
      outcome,
    });
    webhookStored();
    return received(c);
  });
  return route;
}

/** The bytes as they were sent: JSON that was parsed and written again has another signature. */
async function readBytes(c: AppContext): Promise<Uint8Array> {
  try {
    return new Uint8Array(await c.req.arrayBuffer());
  } catch {
    throw new ApiFailure("invalid_request", "The body was cut off");
  }
}

/** Whatever comes of it: HighLevel sends again what is answered with any other status. */
function received(c: AppContext): Response {
  return c.json({ received: true });
}
