/** The refusals of the token endpoint and their exact bodies, which are not one form but several. */
import { randomUUID } from "node:crypto";
import type { Answer } from "./answer.ts";
import type { Switches } from "./switches.ts";
import type { ParameterProblem } from "./token_request.ts";

export type TokenRefusal =
  | { reason: "bad_parameters"; problems: ParameterProblem[] }
  | { reason: "unsupported_grant" }
  | { reason: "code_not_found" }
  | { reason: "invalid_client" }
  | { reason: "malformed_refresh_token" }
  | { reason: "invalid_grant" }
  | { reason: "not_active" };

/** Status and body of a refusal: from HighLevel's published examples where there are any, else as third parties saw it. */
export function refusalAnswer(refusal: TokenRefusal, switches: Switches): Answer {
  switch (refusal.reason) {
    case "bad_parameters":
      return badParameters(refusal.problems, switches);
    case "unsupported_grant":
      return badRequest("Invalid parameter: grant_type");
    case "code_not_found":
      return unauthorized("Authorization code not found");
    case "invalid_client":
      return unauthorized("Invalid client credentials!");
    case "malformed_refresh_token":
      return switches.malformedRefreshTokenStatus === 401
        ? unauthorized("Invalid refresh token")
        : { status: 400, body: { error: "invalid_grant", error_description: "Invalid refresh token" } };
    case "invalid_grant":
      return switches.invalidGrantForm === "documented"
        ? badRequest("Invalid grant: refresh token is invalid")
        : {
          status: 400,
          body: { error: "invalid_grant", error_description: "This refresh token is invalid" },
        };
    case "not_active":
      return badRequest("Location is not active");
  }
}

function badParameters(problems: ParameterProblem[], switches: Switches): Answer {
  const [first] = problems;
  if (switches.badParameterForm === "bad_request" && first !== undefined) {
    return badRequest(`${first.problem === "missing" ? "Missing" : "Invalid"} parameter: ${first.name}`);
  }
  const message = problems.flatMap(validatorMessages);
  return {
    status: 422,
    body: { statusCode: 422, message, error: "Unprocessable Entity", traceId: randomUUID() },
  };
}

function validatorMessages({ name, problem }: ParameterProblem): string[] {
  const isEnum = name === "grant_type" || name === "user_type";
  const wrong = isEnum ? `${name} must be a valid enum value` : `${name} must be a string`;
  return problem === "missing" ? [wrong, `${name} should not be empty`] : [wrong];
}

function badRequest(message: string): Answer {
  return { status: 400, body: { statusCode: 400, message } };
}

function unauthorized(description: string): Answer {
  return { status: 401, body: { error: "UnAuthorized!", error_description: description } };
}
