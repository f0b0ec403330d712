/** What the address says with which the sign-in window came back. */
import { isConnectError } from "#shared/connect_error.ts";
import { OpaqueToken } from "#shared/session.ts";
import type { AttemptCause } from "../attempt.ts";
import * as v from "valibot";

export type AuthWindowResult = { ok: true; code: string } | { ok: false; cause: AttemptCause };

/** Judges the final address. Nothing in it is believed before `state` was seen to be ours. */
export function parseAuthWindowResult(
  address: unknown,
  { redirectUrl, state }: { redirectUrl: string; state: string },
): AuthWindowResult {
  if (typeof address !== "string" || !URL.canParse(address)) return { ok: false, cause: "unexpected_answer" };
  const url = new URL(address);
  if (url.origin + url.pathname !== redirectUrl) return { ok: false, cause: "unexpected_answer" };
  if (url.searchParams.get("state") !== state) return { ok: false, cause: "state_mismatch" };

  const error = url.searchParams.get("error");
  if (error !== null) return { ok: false, cause: isConnectError(error) ? error : "unexpected_answer" };

  const code = v.safeParse(OpaqueToken, url.searchParams.get("code"));
  return code.success ? { ok: true, code: code.output } : { ok: false, cause: "unexpected_answer" };
}
