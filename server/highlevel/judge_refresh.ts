/**
 * Judges what `POST /oauth/token` answers to a refresh token. HighLevel does not list its error texts, so only what
 * explicitly speaks of this token, this location or this client is believed; all else proves nothing.
 */
import * as v from "valibot";
import { pauseSecondsFor } from "./call_pace.ts";
import { errorTextOf } from "./error_answer.ts";
import { Lifetime, OptionalId, parseScopes, Token } from "./token_answer.ts";
import type { TokenEndpointAnswer } from "./token_endpoint.ts";

/** What a rotation brings. */
export interface RenewedTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Seconds from the answer on. */
  readonly expiresIn: number;
  /** Empty when the answer names none. */
  readonly scopes: readonly string[];
  readonly locationId: string | null;
  readonly companyId: string | null;
  readonly userId: string | null;
}

/**
 * - `rotated`: the token was used up and this is its successor
 * - `dead`: HighLevel refuses this refresh token: a person has to connect again
 * - `paused`: the location is not active; the same token works again once it is
 * - `client_rejected`: HighLevel refuses the app's credentials, or the install as such: its words are the same
 * - `transient`: nothing is known about the connection. `mayHaveRotated`: HighLevel may have used the token up, and the
 *   same token, presented again within its window, brings the same successor
 *
 * `pauseSeconds`: how long HighLevel wants to be left alone, or `null`.
 */
export type RefreshJudgement =
  | { readonly kind: "rotated"; readonly tokens: RenewedTokens }
  | { readonly kind: "dead" | "paused" | "client_rejected" }
  | Transient;

/** An answer that proves nothing about the connection. */
export type Transient = {
  readonly kind: "transient";
  readonly code: "highlevel_unavailable" | "rate_limited" | "request_rejected";
  readonly mayHaveRotated: boolean;
  readonly pauseSeconds: number | null;
};

/** The least that a lost `expires_in` is worth: better a token that is renewed early than one that is thrown away. */
const UNKNOWN_LIFETIME_SECONDS = 3600;

const RefreshAnswer = v.object({
  access_token: Token,
  refresh_token: Token,
  expires_in: v.fallback(Lifetime, UNKNOWN_LIFETIME_SECONDS),
  scope: v.fallback(v.string(), ""),
  locationId: OptionalId,
  companyId: OptionalId,
  userId: OptionalId,
});

/** The one table of all answers. */
export function judgeRefresh(answer: TokenEndpointAnswer): RefreshJudgement {
  if (answer.status === null) return unavailable({ mayHaveRotated: answer.sent, pauseSeconds: null });
  const { status, json, headers } = answer;
  const pauseSeconds = pauseSecondsFor(headers);
  if (status >= 200 && status < 300) {
    const parsed = v.safeParse(RefreshAnswer, json);
    return parsed.success
      ? { kind: "rotated", tokens: tokensFrom(parsed.output) }
      : unavailable({ mayHaveRotated: true, pauseSeconds });
  }
  if (status === 429) return { kind: "transient", code: "rate_limited", mayHaveRotated: false, pauseSeconds };
  if (status === 422) {
    return { kind: "transient", code: "request_rejected", mayHaveRotated: false, pauseSeconds };
  }
  if (status === 400 || status === 401 || status === 403) {
    return judgeRefusal(errorTextOf(json), pauseSeconds);
  }
  // Other refusals are not the token endpoint's own; a timeout, a redirect or a gateway's page may stand for an answer.
  const mayHaveRotated = status === 408 || status < 400 || status >= 500;
  return unavailable({ mayHaveRotated, pauseSeconds });
}

/** "Refresh token is invalid", and not "… is not expired", "… is being used", or "cannot tell whether the … is expired". */
const REFUSED_TOKEN =
  /(?<!\b(?:if|whether) (?:this |the |your )?)\brefresh.?token (?:(?:is|was|has|has been) )?(?:already )?(?:invalid|expired|revoked|used|not found)\b(?! by)/i;

/** In this order: a parameter's name is no verdict on its value, and an inactive location's token is not dead. */
const REFUSALS = [
  { kind: "request_rejected", text: /\bparameter: (?!client_)/i },
  { kind: "paused", text: /\b(location|company|agency|account)\b[\w ]*\bnot active\b/i },
  { kind: "dead", text: /\binvalid.?grant\b|\binvalid refresh.?token\b/i },
  { kind: "dead", text: REFUSED_TOKEN },
  {
    kind: "client_rejected",
    text: /\bclient credentials\b|\b(invalid|unauthorized).client\b|\bclient.?(id|secret)\b/i,
  },
] as const;

function judgeRefusal(text: string, pauseSeconds: number | null): RefreshJudgement {
  const kind = REFUSALS.find((refusal) => refusal.text.test(text))?.kind ?? "unknown";
  switch (kind) {
    case "dead":
    case "paused":
    case "client_rejected":
      return { kind };
    case "request_rejected":
      return { kind: "transient", code: kind, mayHaveRotated: false, pauseSeconds };
    case "unknown":
      return unavailable({ mayHaveRotated: false, pauseSeconds });
  }
}

function unavailable(
  rest: Pick<Transient, "mayHaveRotated" | "pauseSeconds">,
): Transient {
  return { kind: "transient", code: "highlevel_unavailable", ...rest };
}

function tokensFrom(answer: v.InferOutput<typeof RefreshAnswer>): RenewedTokens {
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token,
    expiresIn: answer.expires_in,
    scopes: parseScopes(answer.scope),
    locationId: answer.locationId,
    companyId: answer.companyId,
    userId: answer.userId,
  };
}
