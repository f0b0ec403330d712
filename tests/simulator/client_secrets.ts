/** Changes the client pairs of an app, as its owner would in the developer portal. */
import type { SecretsRequest } from "./control_requests.ts";
import { appIdOf, checkSettings } from "./settings.ts";
import type { SimulatorState } from "./simulator_state.ts";

/** Adds, removes or replaces a client secret. Throws for a client id whose app does not exist. */
export function changeClientSecret(
  state: SimulatorState,
  { action, clientId, clientSecret }: SecretsRequest,
): void {
  const app = state.settings.apps.find(({ clientPairs }) =>
    clientPairs.some((pair) => appIdOf(pair.clientId) === appIdOf(clientId))
  );
  if (app === undefined) {
    throw new Error(`Cannot change a client secret: no app with client id "${clientId}"`);
  }
  const pair = { clientId, clientSecret };
  const others = app.clientPairs.filter((other) =>
    other.clientId !== clientId || action !== "replace" && other.clientSecret !== clientSecret
  );
  const changed = { ...app, clientPairs: action === "remove" ? others : [...others, pair] };
  checkSettings({ ...state.settings, apps: [changed] });
  app.clientPairs = changed.clientPairs;
  state.registry.clientSecrets.add(clientSecret);
}
