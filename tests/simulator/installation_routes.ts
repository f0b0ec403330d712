/** `/marketplace/app/:appId/installations`: who installed the app (GET, facts 4.5), and its removal (DELETE, facts 4.4). */
import { Hono } from "hono";
import type { Answer } from "./answer.ts";
import { answerApiCall, forbidden, refusal, unprocessable } from "./api_call.ts";
import { isInstalled } from "./begin_install.ts";
import { readFields } from "./body_fields.ts";
import { uninstall } from "./end_install.ts";
import { findLocationInstall, installKey } from "./install_registry.ts";
import { appIdOf } from "./settings.ts";
import type { SimulatorState } from "./simulator_state.ts";
import type { TokenFamily } from "./token_registry.ts";

const PATH = "/marketplace/app/:appId/installations";

export function installationRoutes(state: SimulatorState): Hono {
  const routes = new Hono();
  routes.get(PATH, (context) =>
    answerApiCall(state, {
      context,
      operation: "installer_details",
      requirement: { authClass: "any", scope: "marketplace-installer-details.readonly" },
      perform: (family) => installerDetails(state, { family, appId: context.req.param("appId") }),
    }));
  routes.delete(PATH, async (context) => {
    const fields = readFields(await context.req.text());
    return await answerApiCall(state, {
      context,
      operation: "uninstall",
      about: fields["locationId"],
      requirement: { authClass: "any", scope: "oauth.write" },
      perform: (family) => removeInstall(state, { family, appId: context.req.param("appId"), fields }),
    });
  });
  return routes;
}

function installerDetails(
  state: SimulatorState,
  { family: { consent }, appId }: { family: TokenFamily; appId: string },
): Answer {
  const { locationId, companyId, clientId } = consent;
  if (appId !== appIdOf(clientId)) {
    return refusal(403, "The client does not have necessary permissions to access installer details.");
  }
  const install = locationId === null
    ? state.installs.companies.get(installKey(appId, companyId))
    : findLocationInstall(state.installs, { appId, locationId });
  const index = state.settings.companies.findIndex(({ id }) => id === companyId);
  const company = state.settings.companies[index];
  if (install === undefined || company === undefined) return refusal(400, "App is not installed");
  const byAgency = locationId === null;
  return {
    status: 200,
    body: {
      installationDetails: {
        companyId,
        ...(byAgency ? {} : { locationId }),
        companyName: company.name,
        relationshipNumber: `0-002-${230 + index}`,
        companyEmail: byAgency ? `owner@${companyId.toLowerCase()}.example` : null,
        companyOwnerFullName: byAgency ? "Dana Example" : null,
        companyPlan: byAgency ? "agency_annual_497" : null,
        companyHighLevelPlan: byAgency ? "agency_annual_497" : null,
        userId: install.userId,
        isWhitelabelCompany: company.whitelabel !== undefined,
        ...(install.planId === null ? {} : { marketplaceAppPlanId: install.planId }),
        ...(company.whitelabel === undefined ? {} : { whitelabelDetails: company.whitelabel }),
      },
    },
  };
}

/** A Location token removes the app from its location; a Company token from the agency and all its sub-accounts. */
function removeInstall(
  state: SimulatorState,
  { family: { consent }, appId, fields }: {
    family: TokenFamily;
    appId: string;
    fields: Readonly<Record<string, string | undefined>>;
  },
): Answer {
  const { repeatedUninstall, uninstallReason, uninstallWebhookAfterDelete } = state.switches;
  if (appId !== appIdOf(consent.clientId)) return forbidden("app");
  const isLocation = consent.locationId !== null;
  const [name, own] = isLocation ? ["locationId", consent.locationId] : ["companyId", consent.companyId];
  const problems = [
    ...(fields[name] === undefined ? [`${name} should not be empty`] : []),
    ...(fields["reason"] === undefined && uninstallReason === "required"
      ? ["reason should not be empty"]
      : []),
  ];
  if (problems.length > 0) return unprocessable(problems);
  if (fields[name] !== own) return forbidden(isLocation ? "location" : "company");

  const resource = consent.locationId === null
    ? { companyId: consent.companyId }
    : { locationId: consent.locationId };
  // An old Company token must not end installs that came after its own.
  const installed = isInstalled(state, consent) || consent.locationId !== null;
  const removed = installed &&
    uninstall(state, { appId, ...resource, silent: uninstallWebhookAfterDelete === "none" });
  return removed || repeatedUninstall === "succeeds"
    ? { status: 200, body: { success: true } }
    : refusal(400, "App is not installed");
}
