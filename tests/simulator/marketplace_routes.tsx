/** The App Marketplace of a location and of the agency: GET shows it, POST takes an installed app out again. */
import { type Context, Hono } from "hono";
import { uninstall } from "./end_install.ts";
import { findLocationInstall, installKey } from "./install_registry.ts";
import { AgencyMarketplacePage, MarketplacePage } from "./marketplace_page.tsx";
import { appIdFor } from "./settings.ts";
import type { SimulatorState } from "./simulator_state.ts";

const AGENCY_PATH = "/agency_marketplace";
/** HighLevel has further parts behind it, for one app and one version of it. */
const LOCATION_PATHS = ["/v2/location", "/location"].flatMap((prefix) => [
  `${prefix}/:locationId/integration`,
  `${prefix}/:locationId/integration/*`,
]);

export function marketplaceRoutes(state: SimulatorState): Hono {
  const { settings, installs } = state;
  const routes = new Hono();
  routes.get(AGENCY_PATH, (context) => {
    const [company] = settings.companies;
    return context.html(
      <AgencyMarketplacePage
        company={company}
        apps={settings.apps}
        isInstalled={(app) => installs.companies.has(installKey(appIdFor(app), company?.id ?? ""))}
      />,
    );
  });
  routes.post(AGENCY_PATH, async (context) => {
    const appId = await uninstalledApp(context);
    uninstall(state, { appId, companyId: settings.companies[0]?.id ?? "" });
    return context.redirect(context.req.path, 303);
  });
  for (const path of LOCATION_PATHS) {
    routes.get(path, (context) => {
      const location = settings.locations.find(({ id }) => id === context.req.param("locationId"));
      if (location === undefined) return context.notFound();
      const locationId = location.id;
      return context.html(
        <MarketplacePage
          location={location}
          apps={settings.apps}
          isInstalled={(app) =>
            findLocationInstall(installs, { appId: appIdFor(app), locationId }) !== undefined}
        />,
      );
    });
    routes.post(path, async (context) => {
      const appId = await uninstalledApp(context);
      uninstall(state, { appId, locationId: context.req.param("locationId") ?? "" });
      return context.redirect(context.req.path, 303);
    });
  }
  return routes;
}

async function uninstalledApp(context: Context): Promise<string> {
  return new URLSearchParams(await context.req.text()).get("uninstall") ?? "";
}
