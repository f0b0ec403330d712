/** The shapes of PKCE values (RFC 7636). Relatch accepts the S256 method only. */
import * as v from "valibot";

/** RFC 7636, section 4.1: 43 to 128 unreserved characters. */
export const CodeVerifier = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9._~-]{43,128}$/, "Expected 43 to 128 unreserved characters"),
);

/** RFC 7636, section 4.2: base64url of a SHA-256 digest, without padding. */
export const CodeChallenge = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_-]{43}$/, "Expected 43 base64url characters"),
);
