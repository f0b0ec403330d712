/** Calls HighLevel's API with the access token of an install, and with a renewed one when HighLevel refuses the first. */
import type { ApiCaller, ApiObservation } from "../highlevel/api_call.ts";
import type { ApiRefusal } from "../highlevel/judge_api_refusal.ts";
import { failure, type Result } from "../result.ts";
import type { LiveToken, TokenRefusal } from "../rotation/rotator.ts";
import type { AgencyDependencies } from "./agency_dependencies.ts";

/** Why a call brought nothing: HighLevel refused it, or there was no access token to make it with. */
export type CallFailure = ApiRefusal | { readonly reason: "no_token"; readonly refusal: TokenRefusal };

/** A call takes less than that to be made. */
const LEAST_TTL_SECONDS = 30;
const CALL_MILLISECONDS = 7000;

/** One that is refused so soon after its issue is not refused for its age: another one would be, too. */
const YOUNG_SECONDS = 600;

type Call<Value> = (caller: ApiCaller) => Promise<Result<Value, ApiRefusal>>;

/** `connectionId` is that of the install whose token is used. Throws when the database fails. */
export async function callWithToken<Value>(
  deps: AgencyDependencies,
  connectionId: string,
  call: Call<Value>,
): Promise<Result<Value, CallFailure>> {
  return await callAndRenew(deps, { connectionId, call, youngSeconds: YOUNG_SECONDS });
}

/** The same, and a token that is refused is renewed however young it is: what HighLevel says of that one decides. */
export async function callWithRenewedToken<Value>(
  deps: AgencyDependencies,
  connectionId: string,
  call: Call<Value>,
): Promise<Result<Value, CallFailure>> {
  return await callAndRenew(deps, { connectionId, call, youngSeconds: 0 });
}

async function callAndRenew<Value>(
  deps: AgencyDependencies,
  { connectionId, call, youngSeconds }: { connectionId: string; call: Call<Value>; youngSeconds: number },
): Promise<Result<Value, CallFailure>> {
  const { rotator } = deps;
  const callWith = ({ accessToken }: LiveToken): Promise<Result<Value, ApiRefusal>> =>
    call(callerFor(deps, { connectionId, accessToken }));
  const first = await rotator.liveToken(connectionId, LEAST_TTL_SECONDS);
  if (!first.ok) return noToken(first.failure);
  const answer = await callWith(first.value);
  if (answer.ok || answer.failure.reason !== "token_refused") return answer;
  const stored = await rotator.liveToken(connectionId, LEAST_TTL_SECONDS);
  // Somebody may have renewed it meanwhile.
  const isSame = stored.ok && stored.value.accessToken === first.value.accessToken;
  if (isSame && stored.value.ageSeconds < youngSeconds) return answer;
  if (isSame) await rotator.refreshNow(connectionId);
  const second = isSame ? await rotator.liveToken(connectionId, LEAST_TTL_SECONDS) : stored;
  if (!second.ok) return noToken(second.failure);
  // It could not be renewed.
  if (second.value.accessToken === first.value.accessToken) return answer;
  return await callWith(second.value);
}

function noToken(refusal: TokenRefusal): Result<never, CallFailure> {
  return failure({ reason: "no_token", refusal });
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
