/** The address of HighLevel's choose-location page for this app. */
import type { HighLevelApp } from "../config.ts";

/**
 * RFC 6749, section 4.1.1, with what HighLevel adds: `version_id`, without which the page can end in
 * `error.noversionid`, and `loginWindowOpenMode=self`, so that a login stays in the window of the flow. HighLevel
 * knows no PKCE; `state` comes back unchanged.
 */
export function authorizeUrl(app: HighLevelApp, state: string): URL {
  const url = new URL(app.authorizeUrl);
  url.searchParams.set("response_type", "code");
  url.searchParams.set("client_id", app.clientId);
  url.searchParams.set("version_id", app.versionId);
  url.searchParams.set("redirect_uri", app.redirectUrl);
  url.searchParams.set("scope", app.scopes.join(" "));
  url.searchParams.set("state", state);
  url.searchParams.set("loginWindowOpenMode", "self");
  return url;
}
