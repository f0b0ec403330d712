/**
 * A HighLevel to run against: the authorization page, the token endpoint with its single-use refresh tokens, and pages
 * that look like the product. It keeps everything in memory, and only tests, demo and benchmark may import it.
 */
import { Hono } from "hono";
import { chooseLocationRoutes } from "./choose_location_routes.tsx";
import { type Clock, createClock } from "./clock.ts";
import { consentDirectly, type DirectConsent } from "./consent.ts";
import { controlRoutes, endInstalls } from "./control_routes.ts";
import { dashboardRoutes } from "./dashboard_routes.tsx";
import { defaultSettings } from "./default_settings.ts";
import { createFaults, type Faults } from "./faults.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { locationRoutes } from "./location_routes.ts";
import { createRateLimits } from "./rate_limits.ts";
import { reconnectRoutes } from "./reconnect_routes.ts";
import { checkSettings, type SimulatorSettings } from "./settings.ts";
import type { SimulatorState } from "./simulator_state.ts";
import { LIKELY_SWITCHES, type Switches } from "./switches.ts";
import { createTokenRegistry } from "./token_registry.ts";
import { tokenRoutes } from "./token_routes.ts";

/** Whatever is left out has its documented default; given settings replace the default ones part by part. */
export interface SimulatorOptions {
  settings?: Partial<SimulatorSettings>;
  switches?: Partial<Switches>;
  clock?: Clock;
}

export interface Simulator {
  readonly app: Hono;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Takes effect as soon as it is changed. */
  readonly switches: Switches;
  /** Takes effect as soon as it is changed. */
  readonly settings: SimulatorSettings;
  /** An authorization code without the page, as if a person had just allowed it. */
  issueCode(consent?: DirectConsent): string;
  /** Ends the living installs of a location or company, and says how many there were. */
  endInstalls(install: { resourceId: string; reason: "revoked" | "uninstalled" }): number;
}

/** Throws for settings that HighLevel's developer portal would refuse. */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const settings = defaultSettings(options.settings);
  checkSettings(settings);
  const clock = options.clock ?? createClock();
  const state: SimulatorState = {
    clock,
    settings,
    switches: { ...LIKELY_SWITCHES, ...options.switches },
    faults: createFaults(),
    registry: createTokenRegistry(),
    rateLimits: createRateLimits(clock),
    calls: [],
  };
  for (const { clientSecret } of settings.apps.flatMap(({ clientPairs }) => clientPairs)) {
    state.registry.clientSecrets.add(clientSecret);
  }
  const ledger = createLedger(state);
  return {
    app: createApp(state, ledger),
    ledger,
    clock,
    faults: state.faults,
    switches: state.switches,
    settings,
    issueCode: (consent = {}) => consentDirectly(state, consent),
    endInstalls: (install) => endInstalls(state, install),
  };
}

function createApp(state: SimulatorState, ledger: Ledger): Hono {
  const app = new Hono();
  app.route("/", chooseLocationRoutes(state));
  app.route("/", tokenRoutes(state));
  app.route("/", reconnectRoutes(state));
  app.route("/", locationRoutes(state));
  app.route("/", dashboardRoutes(state));
  app.route("/_simulator", controlRoutes(state, ledger));
  app.notFound((context) => {
    const message = `Cannot ${context.req.method} ${context.req.path}`;
    return context.json({ statusCode: 404, message, error: "Not Found" }, 404);
  });
  return app;
}
