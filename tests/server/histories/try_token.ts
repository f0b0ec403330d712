/** Tries an access token on HighLevel, as an integration would. */
import { appIdFor } from "../../simulator/settings.ts";
import type { Simulator } from "../../simulator/simulator.ts";

/** Why HighLevel does not take it for this location or company; `undefined` when it does, and the app is installed there. */
export async function whyRefused(
  { app, ledger, settings }: Simulator,
  { accessToken, resourceId }: { accessToken: string; resourceId: string },
): Promise<string | undefined> {
  const owner = ledger.resourceOfAccessToken(accessToken);
  if (owner !== resourceId) return `it is of "${owner}"`;
  const [registration] = settings.apps;
  const appId = registration === undefined ? "" : appIdFor(registration);
  const response = await app.request(`/marketplace/app/${appId}/installations`, {
    headers: { Authorization: `Bearer ${accessToken}`, Version: "2021-07-28" },
  });
  const text = await response.text();
  return response.status === 200 ? undefined : text;
}
