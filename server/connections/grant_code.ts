/**
 * The one-time code that goes back to the extension in the browser's address, and is worth nothing without the code
 * verifier that never left the extension.
 */
import { timingSafeEqual } from "@std/crypto";
import { createOpaqueToken, digestOf } from "../crypto/opaque_token.ts";
import type { Transaction } from "../db/connect_database.ts";

const GRANT_CODE_SECONDS = 60;

/** What a code stands for: a connection, and the HighLevel user that authorised it; `null` when HighLevel named nobody. */
export interface Grant {
  readonly connectionId: string;
  readonly userId: string | null;
}

/** Stores a fresh code for a grant as a digest and returns the code itself. Expired ones are swept here. */
export async function createGrantCode(
  tx: Transaction,
  { connectionId, userId, codeChallenge }: Grant & { readonly codeChallenge: string },
): Promise<string> {
  const code = createOpaqueToken();
  await tx`DELETE FROM grant_codes WHERE expires_at < now()`;
  await tx`
    INSERT INTO grant_codes (code_digest, connection_id, user_id, code_challenge, expires_at)
    VALUES (${digestOf(code)}, ${connectionId}, ${userId}, ${codeChallenge},
      now() + make_interval(secs => ${GRANT_CODE_SECONDS}))`;
  return code;
}

/**
 * Reads and deletes in one statement: of two callers with the same code at most one gets the grant, and a
 * wrong verifier (RFC 7636, section 4.6) spends the code too. The caller commits either way. A code whose
 * connection was wiped since is worth nothing any more.
 */
export async function redeemGrantCode(
  tx: Transaction,
  { code, codeVerifier }: { code: string; codeVerifier: string },
): Promise<Grant | undefined> {
  const [row] = await tx<(Grant & { codeChallenge: string; live: boolean })[]>`
    DELETE FROM grant_codes WHERE code_digest = ${digestOf(code)}
    RETURNING connection_id AS "connectionId", user_id AS "userId", code_challenge AS "codeChallenge",
      expires_at > now() AND expires_at - make_interval(secs => ${GRANT_CODE_SECONDS}) > coalesce(
        (SELECT wiped_at FROM connections c WHERE c.id = connection_id), '-infinity') AS live`;
  if (row === undefined || !row.live) return undefined;
  const challenge = Uint8Array.fromBase64(row.codeChallenge, { alphabet: "base64url" });
  return timingSafeEqual(digestOf(codeVerifier), challenge) ? row : undefined;
}
