/** Reads the body of a call of the token endpoint. It knows names and forms of parameters, not whether they are right. */
import * as v from "valibot";
import type { Switches } from "./switches.ts";

/** The parameters that HighLevel's published API description declares. */
export const TOKEN_PARAMETERS = [
  "client_id",
  "client_secret",
  "grant_type",
  "code",
  "refresh_token",
  "user_type",
  "redirect_uri",
] as const;
export type TokenParameter = typeof TOKEN_PARAMETERS[number];
export type TokenParameters = Partial<Record<TokenParameter, string>>;

export interface ParameterProblem {
  name: TokenParameter;
  problem: "missing" | "invalid";
}

const GRANT_TYPES: readonly string[] = ["authorization_code", "refresh_token", "client_credentials"];
const USER_TYPES: readonly string[] = ["Company", "Location"];
const JsonBody = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown()));

/** The non-empty string parameters of a body; none at all when the content type is not one that is understood. */
export function parseTokenBody(
  { contentType, body }: { contentType: string; body: string },
  switches: Switches,
): TokenParameters {
  const [mediaType = ""] = contentType.toLowerCase().split(";");
  if (mediaType.trim() === "application/x-www-form-urlencoded") {
    return pickParameters(Object.fromEntries(new URLSearchParams(body)));
  }
  const json = v.safeParse(JsonBody, body);
  const readable = mediaType.trim() === "application/json" && switches.jsonTokenBody === "accepted" &&
    json.success;
  return readable ? pickParameters(json.output) : {};
}

/** Every parameter that is missing or not one of its allowed values, in the order of the description. */
export function parameterProblems(parameters: TokenParameters): ParameterProblem[] {
  const { grant_type: grantType, user_type: userType } = parameters;
  const required: TokenParameter[] = ["client_id", "client_secret", "grant_type"];
  if (grantType === "authorization_code") required.push("code");
  if (grantType === "refresh_token") required.push("refresh_token");
  const problems: ParameterProblem[] = required
    .filter((name) => parameters[name] === undefined)
    .map((name) => ({ name, problem: "missing" }));
  if (grantType !== undefined && !GRANT_TYPES.includes(grantType)) {
    problems.push({ name: "grant_type", problem: "invalid" });
  }
  if (userType !== undefined && !USER_TYPES.includes(userType)) {
    problems.push({ name: "user_type", problem: "invalid" });
  }
  return problems;
}

function pickParameters(values: Record<string, unknown>): TokenParameters {
  const parameters: TokenParameters = {};
  for (const name of TOKEN_PARAMETERS) {
    const value = values[name];
    if (typeof value === "string" && value !== "") parameters[name] = value;
  }
  return parameters;
}
