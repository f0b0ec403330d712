/** `/_simulator/…`: everything a test may do with a simulator in its own process, as JSON for those in others. */
import { Hono } from "hono";
import { changeClientSecret } from "./client_secrets.ts";
import { consentDirectly } from "./consent.ts";
import { parseBody } from "./control_body.ts";
import * as requests from "./control_requests.ts";
import { endInstalls } from "./end_install.ts";
import type { InstallControl } from "./install_control.ts";
import { installControlRoutes } from "./install_control_routes.ts";
import type { Ledger } from "./ledger.ts";
import type { SimulatorState } from "./simulator_state.ts";
import { resourceOf } from "./token_registry.ts";
import { webhookControlRoutes } from "./webhook_control_routes.ts";

/** Routes below `/_simulator`. A body that does not parse, or names what does not exist, is answered with 400. */
export function controlRoutes(
  state: SimulatorState,
  { ledger, installs }: { ledger: Ledger; installs: InstallControl },
): Hono {
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

  routes.route("/", installControlRoutes(state, installs));
  routes.route("/webhooks", webhookControlRoutes(state));
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
  // What can be asked often: the report grows with every call.
  routes.get("/ledger/counts", (context) => context.json({ callCounts: ledger.callCounts() }));
  routes.get("/ledger/api-counts", (context) => context.json({ apiCallCounts: ledger.apiCallCounts() }));
  routes.get("/ledger/api-calls", (context) => context.json({ calls: ledger.apiCalls() }));
  routes.post("/ledger/families", async (context) => {
    const { refreshTokens } = await parseBody(context, requests.RefreshableRequest);
    return context.json({ familyIds: refreshTokens.map((token) => ledger.familyIdOf(token)) });
  });
  routes.post("/ledger/access-tokens", async (context) => {
    const { accessTokens } = await parseBody(context, requests.AccessTokensRequest);
    return context.json({ resourceIds: accessTokens.map((token) => ledger.resourceOfAccessToken(token)) });
  });
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
      minted: family.minted,
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
