/** Callers of HighLevel's API for tests: with answers by hand, or against a simulator without a socket. */
import type { HighLevelApp } from "../../../server/config.ts";
import type { ApiCaller, ApiObservation } from "../../../server/highlevel/api_call.ts";
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from "../../simulator/default_settings.ts";
import type { Simulator } from "../../simulator/simulator.ts";

export const APP: HighLevelApp = {
  clientId: DEFAULT_CLIENT_ID,
  clientSecret: DEFAULT_CLIENT_SECRET,
  versionId: "68f0c1a2b3d4e5f60718293a",
  scopes: ["oauth.readonly", "oauth.write"],
  authorizeUrl: "https://marketplace.example/v2/oauth/chooselocation",
  apiUrl: "https://services.example",
  redirectUrl: "https://relatch.example/oauth/callback",
};

/** A caller whose calls `answer` answers, and everything it sent and observed. */
export function callerAnsweredBy(answer: (request: Request) => Response | Promise<Response>): {
  caller: ApiCaller;
  requests: Request[];
  observations: ApiObservation[];
} {
  const requests: Request[] = [];
  const observations: ApiObservation[] = [];
  const caller: ApiCaller = {
    app: APP,
    accessToken: "the-access-token",
    fetch: async (input, init) => {
      const request = new Request(input, init);
      requests.push(request);
      return await answer(request.clone());
    },
    deadlineMilliseconds: 5000,
    observe: (observation) => observations.push(observation),
  };
  return { caller, requests, observations };
}

/** A caller whose calls get this status and body. */
export function callerAnswered(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): ApiCaller {
  return callerAnsweredBy(() => Response.json(body, { status, headers })).caller;
}

/** A caller of the simulator with one of its tokens. */
export function callerOf(simulator: Simulator, accessToken: string): ApiCaller {
  const { caller } = callerAnsweredBy(async (request) => await simulator.app.fetch(request));
  return { ...caller, accessToken };
}
