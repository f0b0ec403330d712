/** Calls HighLevel's API with the access token of an install, and with a renewed one when HighLevel refuses the first. */
import type { ApiCaller, ApiObservation } from "../highlevel/api_call.ts";
import type { ApiRefusal } from "../highlevel/judge_api_refusal.ts";
import { failure, type Result } from "../result.ts";
import type { TokenRefusal } from "../rotation/rotator.ts";
import type { AgencyDependencies } from "./agency_dependencies.ts";

/** Why a call brought nothing: HighLevel refused it, or there was no access token to make it with. */
export type CallFailure = ApiRefusal | { readonly reason: "no_token"; readonly refusal: TokenRefusal };

/** A call takes less than that to be made. */
const LEAST_TTL_SECONDS = 30;
const CALL_MILLISECONDS = 7000;

/** `connectionId` is that of the install whose token is used. Throws when the database fails. */
export async function callWithToken<Value>(
  deps: AgencyDependencies,
  connectionId: string,
  call: (caller: ApiCaller) => Promise<Result<Value, ApiRefusal>>,
): Promise<Result<Value, CallFailure>> {
  const first = await callOnce(deps, connectionId, call);
  if (first.ok || first.failure.reason !== "token_refused") return first;
  await deps.rotator.refreshNow(connectionId);
  return await callOnce(deps, connectionId, call);
}

async function callOnce<Value>(
  deps: AgencyDependencies,
  connectionId: string,
  call: (caller: ApiCaller) => Promise<Result<Value, ApiRefusal>>,
): Promise<Result<Value, CallFailure>> {
  const token = await deps.rotator.liveToken(connectionId, LEAST_TTL_SECONDS);
  if (!token.ok) return failure({ reason: "no_token", refusal: token.failure });
  return await call(callerFor(deps, { connectionId, accessToken: token.value.accessToken }));
}

/** Whoever calls with this token; every call leaves a line in the log. */
export function callerFor(
  { app, fetch, logger }: Pick<AgencyDependencies, "app" | "fetch" | "logger">,
  { connectionId, accessToken }: { connectionId: string; accessToken: string },
): ApiCaller {
  return {
    app,
    accessToken,
    fetch,
    deadlineMilliseconds: CALL_MILLISECONDS,
    observe: ({ operation, outcome, status, milliseconds, traceId, detail }: ApiObservation) =>
      logger[outcome === "answered" ? "debug" : "warn"]("api_answered", {
        connection_id: connectionId,
        operation,
        outcome,
        status,
        milliseconds,
        trace_id: traceId,
        detail,
      }),
  };
}
