/** What the parts of one simulator share. Nothing in it is global: two simulators know nothing of each other. */
import type { ApiCall } from "./api_call_record.ts";
import type { Clock } from "./clock.ts";
import type { Faults } from "./faults.ts";
import type { InstallRegistry } from "./install_registry.ts";
import type { RateLimits } from "./rate_limits.ts";
import type { SimulatorSettings } from "./settings.ts";
import type { Switches } from "./switches.ts";
import type { TokenCall } from "./token_call.ts";
import type { TokenRegistry } from "./token_registry.ts";
import type { Webhooks } from "./webhooks.ts";

export interface SimulatorState {
  readonly clock: Clock;
  readonly settings: SimulatorSettings;
  readonly switches: Switches;
  readonly faults: Faults;
  readonly registry: TokenRegistry;
  readonly rateLimits: RateLimits;
  readonly installs: InstallRegistry;
  readonly webhooks: Webhooks;
  /** Every call of the token endpoint, in order. */
  readonly calls: TokenCall[];
  /** Every API call with a living token, in order. */
  readonly apiCalls: ApiCall[];
}
