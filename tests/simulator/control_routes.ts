/** `/_simulator/…`: everything a test may do with a simulator in its own process, as JSON for those in others. */
import { type Context, Hono } from "hono";
import * as v from "valibot";
import { changeClientSecret } from "./client_secrets.ts";
import { consentDirectly } from "./consent.ts";
import * as requests from "./control_requests.ts";
import type { Ledger } from "./ledger.ts";
import type { SimulatorState } from "./simulator_state.ts";
import { resourceOf } from "./token_registry.ts";

/** Routes below `/_simulator`. A body that does not parse, or names what does not exist, is answered with 400. */
export function controlRoutes(state: SimulatorState, ledger: Ledger): Hono {
  const routes = new Hono();
  routes.onError((error, context) => context.json({ error: error.message }, 400));

  routes.get("/clock", (context) => context.json({ now: state.clock.now() }));
  routes.post("/clock", async (context) => {
    const { advanceMs } = await parseBody(context, requests.ClockRequest);
    state.clock.advance(advanceMs);
    return context.json({ now: state.clock.now() });
  });

  routes.get("/faults", (context) => context.json(faultReport(state)));
  routes.post("/faults", async (context) => {
    const orders = await parseBody(context, requests.FaultsRequest);
    for (const order of Array.isArray(orders) ? orders : [orders]) state.faults.next(order);
    return context.json(faultReport(state));
  });
  routes.delete("/faults", (context) => {
    state.faults.clear();
    state.faults.release();
    return context.json(faultReport(state));
  });
  routes.post("/faults/release", (context) => {
    state.faults.release();
    return context.json(faultReport(state));
  });

  routes.get("/switches", (context) => context.json(state.switches));
  routes.post("/switches", async (context) => {
    Object.assign(state.switches, await parseBody(context, requests.SwitchesRequest));
    return context.json(state.switches);
  });

  routes.post("/locations/:id", (context) => setActive(context, state.settings.locations));
  routes.post("/companies/:id", (context) => setActive(context, state.settings.companies));
  routes.post("/installs/:resourceId/end", async (context) => {
    const { reason } = await parseBody(context, requests.EndInstallRequest);
    return context.json({
      ended: endInstalls(state, { resourceId: context.req.param("resourceId"), reason }),
    });
  });
  routes.post("/secrets", async (context) => {
    changeClientSecret(state, await parseBody(context, requests.SecretsRequest));
    return context.json({ clientPairs: state.settings.apps.flatMap(({ clientPairs }) => clientPairs) });
  });
  routes.post("/codes", async (context) => {
    return context.json(
      { code: consentDirectly(state, await parseBody(context, requests.CodeRequest)) },
      201,
    );
  });

  routes.get("/ledger", (context) => context.json(ledgerReport(ledger)));
  routes.post("/ledger/refreshable", async (context) => {
    const { refreshTokens } = await parseBody(context, requests.RefreshableRequest);
    return context.json({
      refreshTokens: refreshTokens.map((token) => ({
        refreshableNow: ledger.refreshableNow(token),
        state: ledger.refreshTokenState(token),
      })),
    });
  });
  routes.get("/secrets-issued", (context) => context.json({ secrets: ledger.secretsIssued() }));
  return routes;
}

/** Ends the living families of a location or company, and says how many there were. */
export function endInstalls(
  { clock, registry }: SimulatorState,
  { resourceId, reason }: { resourceId: string; reason: "revoked" | "uninstalled" },
): number {
  const living = [...registry.families.values()].filter((family) =>
    family.ended === null && resourceOf(family.consent) === resourceId
  );
  for (const family of living) family.ended = { reason, at: clock.now() };
  return living.length;
}

async function setActive(context: Context, resources: { id: string; active: boolean }[]): Promise<Response> {
  const resource = resources.find(({ id }) => id === context.req.param("id"));
  if (resource === undefined) return context.json({ error: "No such location or company" }, 404);
  resource.active = (await parseBody(context, requests.ActiveRequest)).active;
  return context.json(resource);
}

function faultReport({ faults }: SimulatorState): { pending: unknown; held: number } {
  return { pending: faults.pending(), held: faults.held() };
}

function ledgerReport(ledger: Ledger): Record<string, unknown> {
  return {
    callCounts: ledger.callCounts(),
    refreshTokensPresentedOutsideWindow: ledger.refreshTokensPresentedOutsideWindow(),
    lostRotations: ledger.lostRotations(),
    families: ledger.families().map((family) => ({
      id: family.id,
      resourceId: resourceOf(family.consent),
      userType: family.consent.userType,
      clientId: family.pair.clientId,
      startedAt: family.startedAt,
      ended: family.ended,
      head: family.head,
      headState: ledger.refreshTokenState(family.head),
    })),
    calls: ledger.calls(),
  };
}

async function parseBody<Schema extends v.GenericSchema>(
  context: Context,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  return v.parse(schema, await context.req.json());
}
