/**
 * A HighLevel to run against: the authorization page, the token endpoint with its single-use refresh tokens, installs of
 * locations and agencies with their API, signed webhooks, and pages that look like the product. It keeps everything in
 * memory, and only tests, demo and benchmark may import it.
 */
import { Hono } from "hono";
import { chooseLocationRoutes } from "./choose_location_routes.tsx";
import { type Clock, createClock } from "./clock.ts";
import { consentDirectly, type DirectConsent } from "./consent.ts";
import { controlRoutes } from "./control_routes.ts";
import { dashboardRoutes } from "./dashboard_routes.tsx";
import { dateHeader } from "./date_header.ts";
import { defaultSettings } from "./default_settings.ts";
import { endInstalls } from "./end_install.ts";
import { createFaults, type Faults } from "./faults.ts";
import { installationRoutes } from "./installation_routes.ts";
import { createInstallControl, type InstallControl } from "./install_control.ts";
import { createInstallRegistry } from "./install_registry.ts";
import { installedLocationsRoutes } from "./installed_locations_routes.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { locationRoutes } from "./location_routes.ts";
import { locationTokenRoutes } from "./location_token_routes.ts";
import { marketplaceRoutes } from "./marketplace_routes.tsx";
import { createRateLimits } from "./rate_limits.ts";
import { reconnectRoutes } from "./reconnect_routes.ts";
import { createRandom } from "./seeded_random.ts";
import { checkSettings, type SimulatorSettings } from "./settings.ts";
import type { SimulatorState } from "./simulator_state.ts";
import { LIKELY_SWITCHES, type Switches } from "./switches.ts";
import { createTokenRegistry } from "./token_registry.ts";
import { tokenRoutes } from "./token_routes.ts";
import type { WebhookFetch } from "./webhook_post.ts";
import { createWebhooks, type Webhooks } from "./webhooks.ts";

/** Whatever is left out has its documented default; given settings replace the default ones part by part. */
export interface SimulatorOptions {
  settings?: Partial<SimulatorSettings>;
  switches?: Partial<Switches>;
  clock?: Clock;
  /** Sends webhooks; an app's own `fetch` needs no socket. By default the global one. */
  fetch?: WebhookFetch;
  /** Makes the jitter and disorder of webhooks repeat. */
  seed?: number;
}

export interface Simulator extends InstallControl {
  readonly app: Hono;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Sent only by `webhooks.pump()`, unless the simulator serves other processes. */
  readonly webhooks: Webhooks;
  /** Takes effect as soon as it is changed. */
  readonly switches: Switches;
  /** Takes effect as soon as it is changed. */
  readonly settings: SimulatorSettings;
  /** An authorization code without the page, as if a person had just allowed it: the app is installed from now on. */
  issueCode(consent?: DirectConsent): string;
  /**
   * Ends the living token families of a location or company, and says how many there were. `uninstalled` ends the installs
   * as well, but unlike `uninstall()` tells nobody.
   */
  endInstalls(install: { resourceId: string; reason: "revoked" | "uninstalled" }): number;
}

/** Throws for settings that HighLevel's developer portal would refuse. */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const settings = defaultSettings(options.settings);
  checkSettings(settings);
  const clock = options.clock ?? createClock();
  const switches = { ...LIKELY_SWITCHES, ...options.switches };
  const state: SimulatorState = {
    clock,
    settings,
    switches,
    faults: createFaults(),
    registry: createTokenRegistry(),
    rateLimits: createRateLimits(clock),
    installs: createInstallRegistry(),
    webhooks: createWebhooks({
      clock,
      settings,
      switches,
      random: createRandom(options.seed ?? 1),
      fetch: options.fetch ?? ((request) => fetch(request)),
    }),
    calls: [],
    apiCalls: [],
  };
  for (const { clientSecret } of settings.apps.flatMap(({ clientPairs }) => clientPairs)) {
    state.registry.clientSecrets.add(clientSecret);
  }
  const ledger = createLedger(state);
  const installs = createInstallControl(state);
  return {
    ...installs,
    app: createApp(state, { ledger, installs }),
    ledger,
    clock,
    faults: state.faults,
    webhooks: state.webhooks,
    switches: state.switches,
    settings,
    issueCode: (consent = {}) => consentDirectly(state, consent),
    endInstalls: (install) => endInstalls(state, install),
  };
}

function createApp(state: SimulatorState, control: { ledger: Ledger; installs: InstallControl }): Hono {
  const app = new Hono();
  app.use(dateHeader(state.clock));
  app.route("/", chooseLocationRoutes(state));
  app.route("/", tokenRoutes(state));
  app.route("/", reconnectRoutes(state));
  app.route("/", locationRoutes(state));
  app.route("/", locationTokenRoutes(state));
  app.route("/", installedLocationsRoutes(state));
  app.route("/", installationRoutes(state));
  app.route("/", marketplaceRoutes(state));
  app.route("/", dashboardRoutes(state));
  app.route("/_simulator", controlRoutes(state, control));
  app.notFound((context) => {
    const message = `Cannot ${context.req.method} ${context.req.path}`;
    return context.json({ statusCode: 404, message, error: "Not Found" }, 404);
  });
  return app;
}
