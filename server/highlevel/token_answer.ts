/** Judges what `POST /oauth/token` answers to an authorization code: an install, or why there is none. */
import * as v from "valibot";
import { HighLevelId } from "#shared/identifiers.ts";
import { failure, type Result, success } from "../result.ts";
import { errorTextOf } from "./error_answer.ts";
import { dateIn } from "./http_answer.ts";

/** An install with its credentials, judged. Unknown fields of the answer are ignored, as HighLevel adds some. */
export interface Install {
  readonly kind: "location" | "company";
  readonly locationId: string | null;
  readonly companyId: string | null;
  readonly userId: string | null;
  readonly accessToken: string;
  /** Seconds from the answer on. */
  readonly expiresIn: number;
  readonly refreshToken: string;
  readonly scopes: readonly string[];
  /** When HighLevel answered, by its own clock, to the second; `null` when the answer has no date (RFC 9110, section 6.6.1). */
  readonly authorizedAt: Date | null;
}

/** Why HighLevel gave no tokens, as far as its answer says. */
type Refusal = "code_rejected" | "client_rejected" | "location_inactive" | "unavailable";

/**
 * - `code_rejected`: HighLevel does not know this code: used, too old, or never issued
 * - `client_rejected`: HighLevel refuses the app: its credentials, its redirect URL, or the request as such
 * - `location_inactive`: the location's plan at HighLevel is paused, cancelled or not completed
 * - `unavailable`: no answer, too many calls, a gateway's page: nothing is known, trying again may help
 * - `unusable_answer`: a success that names no tokens or no install; `field` is the first that is missing
 */
export type ExchangeFailure =
  | { readonly reason: Refusal }
  | { readonly reason: "unusable_answer"; readonly field: string | null };

const LONGEST_LIFETIME_SECONDS = 366 * 86_400;

// A code or token is spent by the time its answer is read, so only what nothing works without may refuse the answer.
export const Token = v.pipe(v.string(), v.minLength(1));
export const Lifetime = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number))]),
  v.finite(),
  v.minValue(1),
  v.maxValue(LONGEST_LIFETIME_SECONDS),
);
export const OptionalId = v.fallback(v.nullable(HighLevelId), null);
const Credentials = v.object({
  access_token: Token,
  refresh_token: Token,
  expires_in: Lifetime,
  scope: v.fallback(v.string(), ""),
  userId: OptionalId,
});
const TokenAnswer = v.variant("userType", [
  v.object({
    ...Credentials.entries,
    userType: v.literal("Location"),
    locationId: HighLevelId,
    companyId: OptionalId,
  }),
  v.object({ ...Credentials.entries, userType: v.literal("Company"), companyId: HighLevelId }),
]);

/** `json` is the parsed body, or `undefined` for one that is not JSON. */
export function parseTokenAnswer(
  { status, json, headers }: { status: number; json: unknown; headers: Headers },
): Result<Install, ExchangeFailure> {
  if (status >= 200 && status < 300) return parseInstall(json, dateIn(headers));
  return failure({ reason: refusalFor(status, errorTextOf(json)) });
}

function parseInstall(json: unknown, authorizedAt: Date | null): Result<Install, ExchangeFailure> {
  const parsed = v.safeParse(TokenAnswer, json);
  if (!parsed.success) {
    return failure({ reason: "unusable_answer", field: v.getDotPath(parsed.issues[0]) });
  }
  const answer = parsed.output;
  return success({
    kind: answer.userType === "Location" ? "location" : "company",
    locationId: answer.userType === "Location" ? answer.locationId : null,
    companyId: answer.companyId,
    userId: answer.userId,
    accessToken: answer.access_token,
    expiresIn: answer.expires_in,
    refreshToken: answer.refresh_token,
    scopes: parseScopes(answer.scope),
    authorizedAt,
  });
}

/** Scopes are separated by spaces (RFC 6749, section 3.3); what cannot be one is dropped. */
export function parseScopes(text: string): string[] {
  return text.split(/\s+/).filter((scope) => /^[\x21-\x7e]+$/.test(scope));
}

/** Statuses with which HighLevel itself refuses; others come from what stands before it. */
const REFUSALS: readonly number[] = [400, 401, 403, 404, 422];

/**
 * Measured by third parties: a code is looked up before the client is judged, so "not found" says nothing about the
 * client. A text that is not known proves nothing about the code or the app.
 */
function refusalFor(status: number, text: string): Refusal {
  if (!REFUSALS.includes(status)) return "unavailable";
  if (/authorization code|invalid.?grant|parameter: code\b/i.test(text)) return "code_rejected";
  if (/not active/i.test(text)) return "location_inactive";
  const isAboutApp = /client credentials|(invalid|unauthorized).client|client.?id|redirect.?uri|parameter/i
    .test(text);
  return status === 422 || isAboutApp ? "client_rejected" : "unavailable";
}
