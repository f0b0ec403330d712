/** Judges the query of the authorization page, the way HighLevel's page does before it shows any account. */
import { appIdOf, type AppRegistration, findApp } from "./settings.ts";
import type { SimulatorState } from "./simulator_state.ts";

export interface AuthorizationRequest {
  app: AppRegistration;
  clientId: string;
  versionId: string;
  redirectUri: string;
  scopes: string[];
  /** Echoed back untouched; null when none was sent, as in installs that start inside HighLevel. */
  state: string | null;
  installer: "location" | "agency";
  /** The location whose pages the person comes from, ticked beforehand; null elsewhere. */
  fromLocationId: string | null;
}

/** A request that HighLevel's page refuses: the text it shows. The browser is never sent back. */
export interface AuthorizationProblem {
  problem: string;
}

/**
 * The request, or the first problem with it. Two parameters are the simulator's own, where HighLevel knows its visitor by
 * a login: `installer` overrules the switch, `from_location` is where a location user comes from.
 */
export function parseAuthorizationRequest(
  { settings, switches }: SimulatorState,
  query: URLSearchParams,
): AuthorizationRequest | AuthorizationProblem {
  const clientId = query.get("client_id") ?? "";
  const app = findApp(settings, clientId);
  const redirectUri = query.get("redirect_uri") ?? "";
  const scopes = (query.get("scope") ?? "").split(" ").filter((scope) => scope !== "");
  const versionId = query.get("version_id") ?? "";
  const installer = query.get("installer") ?? switches.installer;

  if (query.get("response_type") !== "code") return { problem: "Invalid parameter: response_type" };
  if (app === undefined) return { problem: `No integration found with the id: ${appIdOf(clientId)}` };
  if (versionId === "" && switches.versionId === "required") return { problem: "error.noversionid" };
  if (versionId !== "" && !app.versionIds.includes(versionId)) {
    return { problem: "Invalid parameter: version_id" };
  }
  if (!app.redirectUris.includes(redirectUri)) return { problem: "Invalid parameter: redirect_uri" };
  if (switches.httpRedirectUris === "refused" && redirectUri.startsWith("http:")) {
    return { problem: "The redirect uri must use https" };
  }
  if (scopes.length === 0 || !scopes.every((scope) => app.scopes.includes(scope))) {
    return { problem: "Something went wrong. Please check the requested scopes." };
  }
  if (installer !== "location" && installer !== "agency") return { problem: "Invalid parameter: installer" };
  if (installer === "location" && app.target === "company") {
    return { problem: "Only agency users can install this app" };
  }
  return {
    app,
    clientId,
    versionId: versionId === "" ? app.versionIds[0] ?? appIdOf(clientId) : versionId,
    redirectUri,
    scopes,
    state: query.get("state"),
    installer,
    fromLocationId: query.get("from_location"),
  };
}
