/**
 * `POST /api/sessions`: the one-time grant code of a finished attempt, turned into a session credential. `DELETE
 * /api/sessions/current` (204) ends that session, `DELETE /api/sessions` (204) every session of the same HighLevel users.
 */
import * as v from "valibot";
import { ConnectionStatus, Timestamp } from "./connection_status.ts";
import { CodeVerifier } from "./pkce.ts";

/** 256 bits as base64url without padding: grant codes, session tokens, `state`. */
export const OpaqueToken = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_-]{43}$/, "Expected 43 base64url characters"),
);

/** Body of `POST /api/sessions`. */
export const SessionRequest = v.object({ code: OpaqueToken, codeVerifier: CodeVerifier });
export type SessionRequest = v.InferOutput<typeof SessionRequest>;

/**
 * Answer (201) of `POST /api/sessions`. `token` is the bearer credential; when the request carried a live session,
 * it is that session's own token, and the connection was added to it. `expiresAt` is ISO 8601 UTC.
 */
export const SessionResponse = v.object({
  token: OpaqueToken,
  expiresAt: Timestamp,
  connection: ConnectionStatus,
});
export type SessionResponse = v.InferOutput<typeof SessionResponse>;

/**
 * Answer of `DELETE /api/sessions` (200) when HighLevel never named the user of this session: it has ended, and which others
 * are of the same person is not known. Otherwise it is 204 without a body.
 */
export const SessionsEnded = v.object({ onlyThis: v.literal(true) });
export type SessionsEnded = v.InferOutput<typeof SessionsEnded>;
