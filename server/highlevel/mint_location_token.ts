/** `POST /oauth/locationToken`: a location's access token, minted from its agency's Company token. */
import * as v from "valibot";
import { failure, type Result, success } from "../result.ts";
import { type ApiCaller, callApi, type Unusable } from "./api_call.ts";
import type { ApiRefusal } from "./judge_api_refusal.ts";
import { Lifetime, parseScopes, Token } from "./token_answer.ts";

/** The location, and the company that the Company token belongs to. */
export interface MintSubject {
  readonly companyId: string;
  readonly locationId: string;
}

/**
 * What a location's integrations need. The refresh token of the answer is ignored on purpose: a location of an agency is
 * minted again from the Company token, so there is one single-use token for each agency and none for each location.
 */
export interface MintedToken {
  readonly accessToken: string;
  /** Seconds from the answer on. */
  readonly expiresIn: number;
  /** Empty when the answer names none. */
  readonly scopes: readonly string[];
  /** `null` when the answer does not name it. */
  readonly locationId: string | null;
  readonly companyId: string | null;
}

/** The least that a lost `expires_in` is worth: better a token that is minted again early than one that ends in use. */
const UNKNOWN_LIFETIME_SECONDS = 3600;

const OptionalText = v.fallback(v.nullable(v.pipe(v.string(), v.minLength(1))), null);
const MintAnswer = v.object({
  access_token: Token,
  expires_in: v.fallback(Lifetime, UNKNOWN_LIFETIME_SECONDS),
  scope: v.fallback(v.string(), ""),
  userType: OptionalText,
  locationId: OptionalText,
  companyId: OptionalText,
});

/** One POST, never repeated; minting twice does no harm. A token of another location or company is `unavailable`. */
export async function mintLocationToken(
  caller: ApiCaller,
  subject: MintSubject,
): Promise<Result<MintedToken, ApiRefusal>> {
  const { companyId, locationId } = subject;
  return await callApi(caller, {
    operation: "location_token",
    method: "POST",
    path: "/oauth/locationToken",
    body: new URLSearchParams({ companyId, locationId }),
    parse: ({ json }) => parseMintedToken(json, subject),
  });
}

function parseMintedToken(json: unknown, subject: MintSubject): Result<MintedToken, Unusable> {
  const parsed = v.safeParse(MintAnswer, json);
  if (!parsed.success) return failure({ field: v.getDotPath(parsed.issues[0]) });
  const answer = parsed.output;
  // Integrations of one location must never get the token of another, or of the whole agency.
  const expected = { ...subject, userType: "Location" };
  for (const field of ["userType", "locationId", "companyId"] as const) {
    if (answer[field] !== null && answer[field] !== expected[field]) return failure({ field });
  }
  return success({
    accessToken: answer.access_token,
    expiresIn: answer.expires_in,
    scopes: parseScopes(answer.scope),
    locationId: answer.locationId,
    companyId: answer.companyId,
  });
}
