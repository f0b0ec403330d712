/** `POST /oauth/locationToken`: a token of one location, minted from its agency's token (facts 4.1). */
import { Hono } from "hono";
import { randomUUID } from "node:crypto";
import type { Answer } from "./answer.ts";
import { answerApiCall, forbidden, refusal, unprocessable } from "./api_call.ts";
import { readFields } from "./body_fields.ts";
import { installInCompany } from "./company_view.ts";
import type { LocationInstall } from "./install_registry.ts";
import { startMintedFamily } from "./issue_tokens.ts";
import { isActive } from "./refresh_token_state.ts";
import { appIdOf } from "./settings.ts";
import type { SimulatorState } from "./simulator_state.ts";
import type { TokenFamily } from "./token_registry.ts";

/** Minted tokens carry these even when nobody asked for them (third parties measured it). */
const ADDED_SCOPES: readonly string[] = ["oauth.readonly", "oauth.write"];

export function locationTokenRoutes(state: SimulatorState): Hono {
  return new Hono().post("/oauth/locationToken", async (context) => {
    const { companyId, locationId } = readFields(await context.req.text());
    return await answerApiCall(state, {
      context,
      operation: "location_token",
      about: locationId,
      requirement: { authClass: "Company", scope: "oauth.write" },
      perform(family) {
        if (companyId === undefined || locationId === undefined) {
          return unprocessable(
            Object.entries({ companyId, locationId }).flatMap(([name, value]) =>
              value === undefined ? [`${name} must be a string`, `${name} should not be empty`] : []
            ),
          );
        }
        return mint(state, { family, companyId, locationId });
      },
    });
  });
}

function mint(
  state: SimulatorState,
  { family, companyId, locationId }: { family: TokenFamily; companyId: string; locationId: string },
): Answer {
  const location = state.settings.locations.find(({ id }) => id === locationId);
  if (companyId !== family.consent.companyId) return forbidden("company");
  if (location?.companyId !== companyId) return forbidden("location");
  const appId = appIdOf(family.consent.clientId);
  const install = installInCompany(state, { appId, companyId, locationId });
  if (install === undefined) {
    return refusal(state.switches.notInstalledStatus, "App is not installed on this location");
  }
  if (!isActive(state, { companyId, locationId })) return refusal(400, "Location is not active");
  return { status: state.switches.mintedStatus, body: mintedAnswer(state, { family, install }) };
}

function mintedAnswer(
  state: SimulatorState,
  { family, install }: { family: TokenFamily; install: LocationInstall },
): Record<string, unknown> {
  const { appId, locationId, versionId } = install;
  const consent = {
    ...family.consent,
    userType: "Location" as const,
    locationId,
    versionId,
    approvedLocationIds: [locationId],
    scopes: [...new Set([...family.consent.scopes, ...ADDED_SCOPES])],
    bulk: false,
  };
  const { answer } = startMintedFamily(state, { consent, pair: family.pair });
  const { refresh_token, refreshTokenId: _, ...others } = answer;
  return {
    ...others,
    ...(state.switches.mintedRefreshToken === "present" ? { refresh_token } : {}),
    expires_in: state.settings.accessTokenSeconds,
    appId,
    versionId,
    traceId: randomUUID(),
  };
}
