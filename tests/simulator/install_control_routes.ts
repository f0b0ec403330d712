/** `/_simulator/…` for installs, locations and agencies. */
import { Hono } from "hono";
import { parseBody } from "./control_body.ts";
import type { InstallControl } from "./install_control.ts";
import * as requests from "./install_requests.ts";
import type { SimulatorState } from "./simulator_state.ts";

/** Routes below `/_simulator`. */
export function installControlRoutes({ settings }: SimulatorState, control: InstallControl): Hono {
  const routes = new Hono();
  routes.get("/truth", (context) => context.json(control.truth(context.req.query("appId"))));

  routes.post("/uninstall", async (context) => {
    const target = await parseBody(context, requests.UninstallRequest);
    return context.json({ uninstalled: control.uninstall(target) });
  });
  routes.post("/version", async (context) => {
    const { target, versionId } = await parseBody(context, requests.VersionRequest);
    control.updateVersion(target, versionId);
    return context.json({ versionId });
  });
  routes.post("/plan", async (context) => {
    const { planId, ...target } = await parseBody(context, requests.PlanRequest);
    control.changePlan(target, planId);
    return context.json({ planId });
  });

  routes.post("/locations", async (context) => {
    const location = control.addLocation(await parseBody(context, requests.NewLocationRequest));
    return context.json(location, 201);
  });
  routes.post("/locations/:id", async (context) => {
    const id = context.req.param("id");
    if (settings.locations.every((location) => location.id !== id)) return notFound();
    return context.json(control.updateLocation(id, await parseBody(context, requests.LocationRequest)));
  });
  routes.delete("/locations/:id", (context) => {
    const id = context.req.param("id");
    if (settings.locations.every((location) => location.id !== id)) return notFound();
    control.removeLocation(id);
    return context.json({ removed: id });
  });
  routes.post("/companies/:id", async (context) => {
    const company = settings.companies.find(({ id }) => id === context.req.param("id"));
    if (company === undefined) return notFound();
    const { active, whitelabel } = await parseBody(context, requests.CompanyRequest);
    company.active = active ?? company.active;
    if (whitelabel !== undefined) company.whitelabel = whitelabel ?? undefined;
    return context.json(company);
  });
  return routes;
}

function notFound(): Response {
  return Response.json({ error: "No such location or company" }, { status: 404 });
}
