/** Bodies of the control endpoint, which tests in other processes use in place of the simulator's objects. */
import * as v from "valibot";
import { FaultOrder } from "./faults.ts";
import { Switches } from "./switches.ts";

export const ClockRequest = v.strictObject({
  advanceMs: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

/** One order or several, which strike in this order. */
export const FaultsRequest = v.union([FaultOrder, v.array(FaultOrder)]);

export const SwitchesRequest = v.partial(Switches);

/** Ends all living token families of the location or company; `uninstalled` its installs as well, without a webhook. */
export const EndInstallRequest = v.strictObject({ reason: v.picklist(["revoked", "uninstalled"]) });

const ClientId = v.string();
const ClientSecret = v.pipe(v.string(), v.uuid());

/** `replace` removes every secret of the client id first. */
export const SecretsRequest = v.variant("action", [
  v.strictObject({ action: v.literal("add"), clientId: ClientId, clientSecret: ClientSecret }),
  v.strictObject({ action: v.literal("remove"), clientId: ClientId, clientSecret: ClientSecret }),
  v.strictObject({ action: v.literal("replace"), clientId: ClientId, clientSecret: ClientSecret }),
]);
export type SecretsRequest = v.InferOutput<typeof SecretsRequest>;

export const CodeRequest = v.strictObject({
  clientId: v.optional(ClientId),
  locationIds: v.optional(v.union([v.array(v.string()), v.literal("all")])),
  companyId: v.optional(v.string()),
  scopes: v.optional(v.array(v.string())),
  redirectUri: v.optional(v.string()),
  installer: v.optional(v.picklist(["location", "agency"])),
  installToFutureLocations: v.optional(v.boolean()),
});

export const RefreshableRequest = v.strictObject({ refreshTokens: v.array(v.string()) });

export const AccessTokensRequest = v.strictObject({ accessTokens: v.array(v.string()) });
