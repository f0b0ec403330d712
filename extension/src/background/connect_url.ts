/** The address that the sign-in window opens first. */
import { CONNECT_PATH } from "#shared/endpoints.ts";
import type { ConnectingAttempt } from "../attempt.ts";
import { codeChallengeFor } from "./create_attempt.ts";

/** `GET {server}/connect` with the public half of the attempt. */
export async function connectUrlFor(attempt: ConnectingAttempt, redirectUrl: string): Promise<string> {
  const url = new URL(attempt.server + CONNECT_PATH);
  url.searchParams.set("redirect_uri", redirectUrl);
  url.searchParams.set("state", attempt.state);
  url.searchParams.set("code_challenge", await codeChallengeFor(attempt.codeVerifier));
  url.searchParams.set("code_challenge_method", "S256");
  if (attempt.locationId !== null) url.searchParams.set("location_id", attempt.locationId);
  return url.href;
}
