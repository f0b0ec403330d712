/** The authorization page. Whatever is wrong is shown on it with status 200, and the browser stays there. */
import { type Context, Hono } from "hono";
import { type AuthorizationRequest, parseAuthorizationRequest } from "./authorization_request.ts";
import { AuthorizationProblemPage, CancelledPage, ChooseLocationPage } from "./choose_location_page.tsx";
import { issueCode } from "./consent.ts";
import type { Location } from "./settings.ts";
import type { SimulatorState } from "./simulator_state.ts";

/** HighLevel serves the page under both; the second is the documented one. */
export const AUTHORIZATION_PATHS = ["/oauth/chooselocation", "/v2/oauth/chooselocation"] as const;

export function chooseLocationRoutes(state: SimulatorState): Hono {
  const routes = new Hono();
  for (const path of AUTHORIZATION_PATHS) {
    routes.get(path, (context) => {
      const request = parseAuthorizationRequest(state, new URL(context.req.url).searchParams);
      return "problem" in request
        ? context.html(<AuthorizationProblemPage problem={request.problem} />)
        : context.html(<ChooseLocationPage request={request} locations={offeredLocations(state, request)} />);
    });
    routes.post(path, async (context) => {
      const request = parseAuthorizationRequest(state, new URL(context.req.url).searchParams);
      if ("problem" in request) return context.html(<AuthorizationProblemPage problem={request.problem} />);
      return decide(context, { state, request, form: new URLSearchParams(await context.req.text()) });
    });
  }
  return routes;
}

function decide(
  context: Context,
  { state, request, form }: { state: SimulatorState; request: AuthorizationRequest; form: URLSearchParams },
): Response | Promise<Response> {
  if (form.get("decision") === "cancel") {
    return state.switches.cancel === "redirects"
      ? context.redirect(callbackUrl(request, { error: "access_denied" }), 302)
      : context.html(<CancelledPage />);
  }
  const offered = offeredLocations(state, request);
  const byAgency = request.installer === "agency";
  const all = byAgency && form.has("all_locations");
  const locationIds = all ? offered.map(({ id }) => id) : form.getAll("location_id");
  const known = locationIds.every((id) => offered.some((location) => location.id === id));
  if (locationIds.length === 0 || !known || !byAgency && locationIds.length > 1) {
    return context.html(<AuthorizationProblemPage problem="Please select an account" />);
  }
  const installToFutureLocations = form.has("future_locations");
  const code = issueCode(state, { ...request, locationIds, installToFutureLocations });
  return context.redirect(callbackUrl(request, { code }), 302);
}

/** An agency user sees the sub-accounts of one agency, a location user those of all. */
function offeredLocations({ settings }: SimulatorState, { installer }: AuthorizationRequest): Location[] {
  const [company] = settings.companies;
  return settings.locations.filter(({ companyId }) => installer === "location" || companyId === company?.id);
}

function callbackUrl(request: AuthorizationRequest, parameters: Record<string, string>): string {
  const url = new URL(request.redirectUri);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  if (request.state !== null) url.searchParams.set("state", request.state);
  return url.href;
}
