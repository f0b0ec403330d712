/** What every API call has to pass: version header, access token, rate limit, class and scope, in this order. */
import type { Context } from "hono";
import { randomUUID } from "node:crypto";
import { type Answer, answerResponse, withHeaders } from "./answer.ts";
import type { ApiCall, ApiOperation } from "./api_call_record.ts";
import { answerUnderFault } from "./fault_answer.ts";
import { tooManyRequests } from "./rate_limits.ts";
import type { SimulatorState } from "./simulator_state.ts";
import { familyOf, resourceOf, type TokenFamily, type UserType } from "./token_registry.ts";

/** `Version` values that HighLevel was seen to accept. */
export const API_VERSIONS: readonly string[] = ["legacy", "2021-04-15", "2021-07-28", "2023-02-21", "v3"];

/** What an operation asks of the access token that calls it. */
export interface Requirement {
  authClass: UserType | "any";
  scope: string;
}

export interface ApiRequest {
  context: Context;
  operation: ApiOperation;
  requirement: Requirement;
  /** The location that the call names, for faults to single it out beside the token's own resource. */
  about?: string | undefined;
  /** Carries the call out. Asked at most once, and only for a call that may be made. */
  perform(family: TokenFamily): Answer;
}

/** Answers a call that may be made, or refuses it as HighLevel does. Ordered faults strike here too. */
export async function answerApiCall(
  state: SimulatorState,
  { context, operation, requirement, about, perform }: ApiRequest,
): Promise<Response> {
  const version = versionProblem(context.req.header("Version"));
  if (version !== null) return answerResponse(version);
  const family = familyOfBearer(state, context.req.header("Authorization") ?? "");
  if (family === null) return answerResponse(refusal(401, "Invalid JWT"));

  const resourceId = resourceOf(family.consent);
  const at = state.clock.now();
  const call: ApiCall = {
    at,
    operation,
    resourceId,
    about: about ?? null,
    status: null,
    fault: null,
    delivered: false,
  };
  state.apiCalls.push(call);
  const { allowed, headers } = state.rateLimits.count({ clientId: family.consent.clientId, resourceId });
  if (!allowed) {
    Object.assign(call, { status: 429, delivered: true });
    return answerResponse(tooManyRequests(headers));
  }
  const fault = state.faults.take({ route: "api", operation, resourceId, about });
  call.fault = fault?.kind ?? null;
  const { response, whole } = await answerUnderFault({
    fault,
    perform() {
      const answer = withHeaders(requirementProblem(family, requirement) ?? perform(family), headers);
      call.status = answer.status;
      return answer;
    },
    revokeFamily: () => void (family.ended ??= { reason: "revoked", at: state.clock.now() }),
    hold: (milliseconds) => state.faults.hold(milliseconds, context.req.raw.signal),
  });
  call.delivered = whole;
  return response;
}

/** A refusal in the form that HighLevel's API uses behind the token check. */
export function refusal(statusCode: number, message: string): Answer {
  return { status: statusCode, body: { statusCode, message } };
}

/** The refusal of a token of another tenant. Measured for locations; the others follow its words. */
export function forbidden(resource: "location" | "company" | "app"): Answer {
  return refusal(403, `The token does not have access to this ${resource}.`);
}

/** Missing and malformed parameters, as the description declares for every operation. */
export function unprocessable(message: string[]): Answer {
  const body = { statusCode: 422, message, error: "Unprocessable Entity", traceId: randomUUID() };
  return { status: 422, body };
}

function versionProblem(version: string | undefined): Answer | null {
  if (version === undefined) return refusal(401, "version header was not found.");
  if (API_VERSIONS.includes(version)) return null;
  return refusal(400, `Invalid API version segment '${version}' at position 0`);
}

function familyOfBearer(state: SimulatorState, authorization: string): TokenFamily | null {
  const { clock, registry, switches } = state;
  const [scheme, token = ""] = authorization.split(" ");
  const accessToken = registry.accessTokens.get(token);
  if (scheme !== "Bearer" || accessToken === undefined || clock.now() >= accessToken.expiresAt) return null;
  const family = familyOf(registry, accessToken.familyId);
  if (family.ended?.reason === "uninstalled" && switches.accessTokensAfterUninstall === "dead") return null;
  const newest = registry.refreshTokens.get(family.head)?.generation;
  if (switches.accessTokensAfterRotation === "dead" && accessToken.generation !== newest) return null;
  return family;
}

function requirementProblem({ consent }: TokenFamily, { authClass, scope }: Requirement): Answer | null {
  if (authClass !== "any" && consent.userType !== authClass) {
    return refusal(401, "This authClass type is not allowed to access this scope.");
  }
  return consent.scopes.includes(scope) ? null : refusal(401, "The token is not authorized for this scope.");
}
