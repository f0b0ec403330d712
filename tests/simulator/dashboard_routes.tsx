/** The pages that look like HighLevel: one per location in both path forms, the agency's, and a list of them all. */
import { type Context, Hono } from "hono";
import { AgencyPage, LocationList, LocationPage } from "./dashboard_page.tsx";
import { Page, SimulatorNotice } from "./page.tsx";
import type { SimulatorState } from "./simulator_state.ts";

export function dashboardRoutes({ settings }: SimulatorState): Hono {
  const routes = new Hono();
  routes.get("/", (context) =>
    context.html(
      <Page title="Simulated HighLevel">
        <div class="consent">
          <main>
            <h1>Simulated HighLevel</h1>
            <p class="soft">Open an account as a person at HighLevel would.</p>
            <div class="cards">
              <LocationList title="Locations" locations={settings.locations} />
            </div>
            <div class="actions">
              <a class="button" href="/agency_dashboard">Agency dashboard</a>
            </div>
          </main>
          <SimulatorNotice />
        </div>
      </Page>,
    ));
  routes.get(
    "/agency_dashboard",
    (context) => context.html(<AgencyPage company={settings.companies[0]} locations={settings.locations} />),
  );

  const showLocation = (context: Context): Response | Promise<Response> => {
    const location = settings.locations.find(({ id }) => id === context.req.param("locationId"));
    if (location === undefined) return context.notFound();
    const section = context.req.param("section") ?? "dashboard";
    return context.html(<LocationPage location={location} section={section} />);
  };
  for (const prefix of ["/v2/location/:locationId", "/location/:locationId"]) {
    routes.get(prefix, showLocation);
    routes.get(`${prefix}/:section`, showLocation);
    routes.get(`${prefix}/:section/*`, showLocation);
  }
  return routes;
}
