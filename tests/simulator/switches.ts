/** What is not known for certain about HighLevel, each as a switch. The likely value is the default. */
import * as v from "valibot";

const Seconds = v.pipe(v.number(), v.integer(), v.minValue(1));

/** All switches. An update over the control endpoint may name any of them, and nothing else. */
export const Switches = v.strictObject({
  /** Who sits in front of the authorization page: a location user, or an agency user, who gets a Company token. */
  installer: v.picklist(["location", "agency"]),
  /** Whether the page insists on `version_id`. Measured by third parties; older apps were installed without it. */
  versionId: v.picklist(["required", "optional"]),
  /** Redirect URIs on plain http: HighLevel's samples use them, newer portals were seen to refuse them. */
  httpRedirectUris: v.picklist(["allowed", "refused"]),
  /** Cancel leaves the browser on HighLevel's page, or goes back with `error=access_denied`. */
  cancel: v.picklist(["stays", "redirects"]),
  /** Lifetime of a code. Not published; third parties say 10 or 15 minutes. */
  codeLifetimeSeconds: Seconds,
  /** Whether an unknown code is reported before wrong client credentials are. */
  codeLookup: v.picklist(["before_client", "after_client"]),
  /** A JSON body at the token endpoint: every field looks missing, or it is read like a form. */
  jsonTokenBody: v.picklist(["refused", "accepted"]),
  /** Missing and wrong parameters: 422 with a list, or 400 with one sentence. */
  badParameterForm: v.picklist(["unprocessable", "bad_request"]),
  /** A dead refresh token: the documented body, or the older `invalid_grant` one. */
  invalidGrantForm: v.picklist(["documented", "older"]),
  malformedRefreshTokenStatus: v.picklist([401, 400]),
  /** A refresh whose `user_type` is not the stored one. The token stays unused in each case but `ignored`. */
  userTypeMismatch: v.picklist(["bad_parameter", "invalid_grant", "ignored"]),
  /** A refresh after the app was uninstalled. */
  uninstalledRefresh: v.picklist(["invalid_client", "invalid_grant"]),
  /** How long a used refresh token still gets its successor (HighLevel's changelog: 30 seconds). */
  rotationWindowSeconds: Seconds,
  rotationWindowStart: v.picklist(["first_use", "last_use"]),
  /** Repeated calls inside the window share the access token too, or get a fresh one each. */
  accessTokenInsideWindow: v.picklist(["same", "fresh"]),
  /** A used refresh token after the window is only refused, or ends every token of its family as well. */
  replayOutsideWindow: v.picklist(["refused", "revokes_family"]),
  /** Whether the refresh token of an earlier install of the same location lives on beside the new one. */
  secondInstall: v.picklist(["keeps_older", "ends_older"]),
  accessTokensAfterRotation: v.picklist(["live", "dead"]),
  accessTokensAfterUninstall: v.picklist(["live", "dead"]),
  /** Fields that no description mentions; `sometimes` is every third token answer. */
  extraTokenFields: v.picklist(["never", "sometimes", "always"]),
  /** `approvedLocations` in Company answers is declared, but in practice missing. */
  approvedLocations: v.picklist(["missing", "present"]),
  /** `userId` is declared as required; it may be missing when no person installed. */
  installerUserId: v.picklist(["present", "missing"]),
  /** The endpoint that once repaired lost tokens answers 400 since it was removed. */
  reconnect: v.picklist(["removed", "works"]),
  /** Whether calls of the token endpoint count against the rate limits. */
  tokenEndpointRateLimit: v.picklist(["off", "on"]),
});
export type Switches = v.InferOutput<typeof Switches>;

/** The likely value of each switch. */
export const LIKELY_SWITCHES: Readonly<Switches> = {
  installer: "location",
  versionId: "required",
  httpRedirectUris: "allowed",
  cancel: "stays",
  codeLifetimeSeconds: 600,
  codeLookup: "before_client",
  jsonTokenBody: "refused",
  badParameterForm: "unprocessable",
  invalidGrantForm: "documented",
  malformedRefreshTokenStatus: 401,
  userTypeMismatch: "bad_parameter",
  uninstalledRefresh: "invalid_client",
  rotationWindowSeconds: 30,
  rotationWindowStart: "first_use",
  accessTokenInsideWindow: "same",
  replayOutsideWindow: "refused",
  secondInstall: "keeps_older",
  accessTokensAfterRotation: "live",
  accessTokensAfterUninstall: "live",
  extraTokenFields: "sometimes",
  approvedLocations: "missing",
  installerUserId: "present",
  reconnect: "removed",
  tokenEndpointRateLimit: "off",
};
