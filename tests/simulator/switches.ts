/** What is not known for certain about HighLevel, each as a switch. The likely value is the default. */
import * as v from "valibot";
import { WebhookSignature } from "./webhook_signature.ts";

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
  /** Whether the answer of `locationToken` has a refresh token: in official samples, not in the V2 description. */
  mintedRefreshToken: v.picklist(["present", "missing"]),
  /** The status of `locationToken` is 201 as measured, 200 as described. */
  mintedStatus: v.picklist([201, 200]),
  /** How `locationToken` refuses a location without the app. Nobody published it. */
  notInstalledStatus: v.picklist([400, 403, 404]),
  /** Whether an agency's token sees locations that only their own user installed. */
  directInstallsInCompany: v.picklist(["listed", "hidden"]),
  /** Most locations on one page of `installedLocations` (not published), and what a higher `limit` gets. */
  installedLocationsMax: v.pipe(v.number(), v.integer(), v.minValue(1)),
  installedLocationsAboveMax: v.picklist(["clamped", "refused"]),
  /** `count` is described as all locations of the company; it might be those that the query matches. */
  installedLocationsCount: v.picklist(["company", "matching"]),
  /** Whether removing the app from an agency ends installs of its locations' own users. Described: all sub-accounts. */
  companyUninstall: v.picklist(["ends_direct_installs", "keeps_direct_installs"]),
  /** Whether a code that was issued before an uninstall, and not exchanged, is dead. */
  codesAfterUninstall: v.picklist(["dead", "live"]),
  /** `reason` of DELETE installations is required "when the developer uninstalls": perhaps of every app. */
  uninstallReason: v.picklist(["optional", "required"]),
  /** DELETE installations where the app is not installed any more, with a token that still lives. */
  repeatedUninstall: v.picklist(["refused", "succeeds"]),
  /** INSTALL is sent when a person allows it, before any exchange; or by the exchange; or not at all. */
  installWebhook: v.picklist(["before_exchange", "after_exchange", "never"]),
  /** How long after that moment INSTALL is sent. */
  installWebhookDelaySeconds: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** `companyId` and `userId` of a location's INSTALL may be missing for installs to future locations. */
  installWebhookIds: v.picklist(["as_documented", "present", "missing"]),
  /** What an agency's install sends. `by_target`: one per location for location apps, one in all for agency apps. */
  agencyInstallWebhooks: v.picklist(["by_target", "per_location", "company", "both"]),
  /** What an agency's uninstall sends. */
  companyUninstallWebhooks: v.picklist(["company", "locations", "both"]),
  /** Whether an uninstall over the API sends webhooks as one by a person does. */
  uninstallWebhookAfterDelete: v.picklist(["sent", "none"]),
  /** Whether deleting a sub-account sends UNINSTALL. */
  removedLocationWebhook: v.picklist(["uninstall", "none"]),
  /** LocationCreate is documented for agency apps only. */
  locationCreateWebhooks: v.picklist(["agency_apps", "every_app"]),
  /** The legacy header has ended, by the SDK's README; orders may sign single webhooks another way. */
  webhookSignature: WebhookSignature,
  /** Twelve retries after any failure; or, until spring 2026, six after a 429 only. */
  webhookRetries: v.picklist(["documented", "older"]),
  /** First step of the back-off, which doubles. Not published. */
  webhookRetryBaseSeconds: Seconds,
  /** How long a delivery waits for its answer, in real time. Not published. */
  webhookTimeoutSeconds: Seconds,
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
  mintedRefreshToken: "present",
  mintedStatus: 201,
  notInstalledStatus: 400,
  directInstallsInCompany: "listed",
  installedLocationsMax: 100,
  installedLocationsAboveMax: "clamped",
  installedLocationsCount: "company",
  companyUninstall: "ends_direct_installs",
  codesAfterUninstall: "dead",
  uninstallReason: "optional",
  repeatedUninstall: "refused",
  installWebhook: "before_exchange",
  installWebhookDelaySeconds: 0,
  installWebhookIds: "as_documented",
  agencyInstallWebhooks: "by_target",
  companyUninstallWebhooks: "company",
  uninstallWebhookAfterDelete: "sent",
  removedLocationWebhook: "uninstall",
  locationCreateWebhooks: "agency_apps",
  webhookSignature: "ed25519",
  webhookRetries: "documented",
  webhookRetryBaseSeconds: 10,
  webhookTimeoutSeconds: 15,
};
