/** `POST /oauth/token`: reads the call, lets a fault strike, decides, and writes the ledger. */
import { Hono } from "hono";
import type { Answer } from "./answer.ts";
import { answerUnderFault } from "./fault_answer.ts";
import { tooManyRequests } from "./rate_limits.ts";
import type { SimulatorState } from "./simulator_state.ts";
import type { TokenCall } from "./token_call.ts";
import { decideTokenCall } from "./token_grant.ts";
import { refusalAnswer } from "./token_refusal.ts";
import { type RefreshToken, resourceOf, type TokenFamily } from "./token_registry.ts";
import { parseTokenBody, type TokenParameters } from "./token_request.ts";

export function tokenRoutes(state: SimulatorState): Hono {
  return new Hono().post("/oauth/token", async (context) => {
    const contentType = context.req.header("Content-Type") ?? "";
    const parameters = parseTokenBody({ contentType, body: await context.req.text() }, state.switches);
    const call = recordCall(state, parameters);
    const fault = state.faults.take({
      route: "token",
      grantType: call.grantType ?? undefined,
      resourceId: call.resourceId ?? undefined,
    });
    call.fault = fault?.kind ?? null;

    let carried: RefreshToken | null = null;
    let clientGone = false;
    const { response, whole } = await answerUnderFault({
      fault,
      perform() {
        const performed = performCall(state, { call, parameters });
        carried = performed.carried;
        return performed.answer;
      },
      revokeFamily() {
        const family = familyOfCredential(state, parameters);
        if (family !== undefined) family.ended ??= { reason: "revoked", at: state.clock.now() };
      },
      async hold(milliseconds) {
        const { signal } = context.req.raw;
        await state.faults.hold(milliseconds, signal);
        clientGone = signal.aborted;
      },
    });
    call.delivered = whole && !clientGone;
    if (call.delivered) markDelivered(carried);
    return response;
  });
}

/** Carries the call out as of now, and notes in its record when and what it came to. */
function performCall(
  state: SimulatorState,
  { call, parameters }: { call: TokenCall; parameters: TokenParameters },
): { answer: Answer; carried: RefreshToken | null } {
  call.at = state.clock.now();
  if (state.switches.tokenEndpointRateLimit === "on") {
    const { allowed, headers } = state.rateLimits.count({
      clientId: call.clientId ?? "",
      resourceId: call.resourceId ?? "",
    });
    if (!allowed) {
      call.outcome = "rate_limited";
      return { answer: tooManyRequests(headers), carried: null };
    }
  }
  const decision = decideTokenCall(state, parameters);
  if (!decision.granted) {
    call.outcome = decision.refusal.reason;
    return { answer: refusalAnswer(decision.refusal, state.switches), carried: null };
  }
  call.outcome = decision.outcome;
  return { answer: { status: 200, body: decision.issued.answer }, carried: decision.issued.refreshToken };
}

function recordCall(state: SimulatorState, parameters: TokenParameters): TokenCall {
  const consent = familyOfCredential(state, parameters)?.consent ??
    state.registry.codes.get(parameters.code ?? "")?.consent;
  const call: TokenCall = {
    at: state.clock.now(),
    grantType: parameters.grant_type ?? null,
    clientId: parameters.client_id ?? null,
    credential: parameters.refresh_token ?? parameters.code ?? null,
    resourceId: consent === undefined ? null : resourceOf(consent),
    outcome: "not_performed",
    fault: null,
    delivered: false,
  };
  state.calls.push(call);
  return call;
}

function familyOfCredential(
  { registry }: SimulatorState,
  parameters: TokenParameters,
): TokenFamily | undefined {
  const refreshToken = registry.refreshTokens.get(parameters.refresh_token ?? "");
  return refreshToken === undefined ? undefined : registry.families.get(refreshToken.familyId);
}

function markDelivered(refreshToken: RefreshToken | null): void {
  if (refreshToken !== null) refreshToken.delivered = true;
}
