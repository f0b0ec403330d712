/** `POST /oauth/reconnect`: once gave a new code to an app that had lost its tokens; HighLevel has removed it. */
import { Hono } from "hono";
import { randomUUID } from "node:crypto";
import * as v from "valibot";
import { randomCode } from "./random_ids.ts";
import { isRegisteredPair } from "./settings.ts";
import type { SimulatorState } from "./simulator_state.ts";
import { refusalAnswer } from "./token_refusal.ts";
import { resourceOf } from "./token_registry.ts";

const ReconnectRequest = v.object({
  clientKey: v.string(),
  clientSecret: v.string(),
  locationId: v.optional(v.string()),
  companyId: v.optional(v.string()),
});

export function reconnectRoutes(state: SimulatorState): Hono {
  return new Hono().post("/oauth/reconnect", async (context) => {
    if (state.switches.reconnect === "removed") {
      const body = { message: "API endpoint has been removed", error: "Bad Request", statusCode: 400 };
      return context.json(body, 400);
    }
    const request = v.safeParse(
      v.pipe(v.string(), v.parseJson(), ReconnectRequest),
      await context.req.text(),
    );
    const family = request.success ? installedFamily(state, request.output) : undefined;
    if (family === undefined) {
      const refused = refusalAnswer({ reason: "invalid_client" }, state.switches);
      return context.json(refused.body, 401);
    }
    const authorizationCode = randomCode();
    const issuedAt = state.clock.now();
    const entry = {
      code: authorizationCode,
      consent: family.consent,
      redirectUri: null,
      issuedAt,
      usedAt: null,
    };
    state.registry.codes.set(authorizationCode, entry);
    const expiresAt = new Date(issuedAt + state.switches.codeLifetimeSeconds * 1000).toISOString();
    return context.json({ authorizationCode, expiresAt, traceId: randomUUID() });
  });
}

function installedFamily(state: SimulatorState, request: v.InferOutput<typeof ReconnectRequest>) {
  const pair = { clientId: request.clientKey, clientSecret: request.clientSecret };
  if (!isRegisteredPair(state.settings, pair)) return undefined;
  const resourceId = request.locationId ?? request.companyId ?? "";
  return [...state.registry.families.values()].findLast((family) =>
    resourceOf(family.consent) === resourceId && family.pair.clientId === pair.clientId &&
    family.pair.clientSecret === pair.clientSecret && family.ended?.reason !== "uninstalled"
  );
}
