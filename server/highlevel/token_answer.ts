/** Judges what `POST /oauth/token` answers to an authorization code: an install, or why there is none. */
import * as v from "valibot";
import { HighLevelId } from "#shared/identifiers.ts";
import { failure, type Result, success } from "../result.ts";

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
}

/**
 * - `code_rejected`: HighLevel does not know this code: used, too old, or never issued
 * - `client_rejected`: HighLevel refuses the app: its credentials, its redirect URL, or the request as such
 * - `location_inactive`: the location's plan at HighLevel is paused, cancelled or not completed
 * - `unavailable`: no answer, too many calls, a gateway's page: nothing is known, trying again may help
 * - `unusable_answer`: a success that names no tokens or no install
 */
export type ExchangeFailure =
  | "code_rejected"
  | "client_rejected"
  | "location_inactive"
  | "unavailable"
  | "unusable_answer";

const Token = v.pipe(v.string(), v.minLength(1));
const Credentials = v.object({
  access_token: Token,
  refresh_token: Token,
  expires_in: v.pipe(v.number(), v.finite(), v.minValue(1), v.maxValue(366 * 86_400)),
  scope: v.optional(v.string(), ""),
  userId: v.nullish(v.string(), null),
});
const TokenAnswer = v.variant("userType", [
  v.object({
    ...Credentials.entries,
    userType: v.literal("Location"),
    locationId: HighLevelId,
    companyId: v.nullish(HighLevelId, null),
  }),
  v.object({ ...Credentials.entries, userType: v.literal("Company"), companyId: HighLevelId }),
]);

/** The error bodies come in several shapes; whatever sentence they carry is all that tells the cases apart. */
const ErrorAnswer = v.object({
  error: v.fallback(v.string(), ""),
  error_description: v.fallback(v.string(), ""),
  message: v.fallback(v.string(), ""),
});

/** `body` is the raw text: HTML and damaged JSON are answers too. */
export function parseTokenAnswer(status: number, body: string): Result<Install, ExchangeFailure> {
  const json = parseJson(body);
  if (status >= 200 && status < 300) return parseInstall(json);
  if (status === 429 || status >= 500 || status < 400) return failure("unavailable");
  return failure(refusalFor(status, json));
}

function parseInstall(json: unknown): Result<Install, ExchangeFailure> {
  const parsed = v.safeParse(TokenAnswer, json);
  if (!parsed.success) return failure("unusable_answer");
  const answer = parsed.output;
  return success({
    kind: answer.userType === "Location" ? "location" : "company",
    locationId: answer.userType === "Location" ? answer.locationId : null,
    companyId: answer.companyId,
    userId: answer.userId,
    accessToken: answer.access_token,
    expiresIn: answer.expires_in,
    refreshToken: answer.refresh_token,
    scopes: answer.scope.split(/\s+/).filter((scope) => scope !== ""),
  });
}

/**
 * Measured by third parties: 401 with one of two descriptions; a code is looked up before the client is judged. What
 * is not known by its words proves nothing about the code or the app.
 */
function refusalFor(status: number, json: unknown): ExchangeFailure {
  const parsed = v.safeParse(ErrorAnswer, json);
  if (!parsed.success) return "unavailable";
  const text = Object.values(parsed.output).join(" ");
  if (/authorization code|invalid.?grant/i.test(text)) return "code_rejected";
  if (/not active/i.test(text)) return "location_inactive";
  if (status === 422 || /client|redirect|parameter/i.test(text)) return "client_rejected";
  return "unavailable";
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
