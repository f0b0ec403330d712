/** The API key of a request, from `Authorization: Bearer` and from nowhere else. */
import { ApiFailure } from "../errors.ts";
import { bearerCredential } from "./bearer_token.ts";
import type { AppContext } from "./context.ts";

/** The text in place of the key, which may be anything; throws the failure that asks for a key when there is none. */
export function requireApiKey(c: AppContext): string {
  return bearerCredential(c) ?? noApiKey();
}

/** The failure of a request whose key is absent, unknown or revoked: the caller cannot tell which. */
export function noApiKey(): never {
  throw new ApiFailure(
    "unauthorized",
    'No valid API key: send one in the header "Authorization: Bearer", or make one with "deno task admin keys create"',
  );
}
