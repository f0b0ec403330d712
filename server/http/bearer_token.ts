/** The credential of a request, from `Authorization: Bearer` (RFC 6750, section 2.1) and from nowhere else. */
import * as v from "valibot";
import { OpaqueToken } from "#shared/session.ts";
import { ApiFailure } from "../errors.ts";
import type { AppContext } from "./context.ts";

/** The session token, or `undefined` when the header is absent or holds something that cannot be one. */
export function bearerToken(c: AppContext): string | undefined {
  const token = bearerCredential(c);
  return v.is(OpaqueToken, token) ? token : undefined;
}

/** Whatever stands behind `Bearer`, without a judgement of its form; `undefined` when the header is absent or another. */
export function bearerCredential(c: AppContext): string | undefined {
  return /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
}

/** The session token; throws the failure that asks for one. */
export function requireBearerToken(c: AppContext): string {
  return bearerToken(c) ?? noSession();
}

/** The failure of a request whose session is absent, unknown or ended: the caller cannot tell which. */
export function noSession(): never {
  throw new ApiFailure("unauthorized", "No live session: connect from the extension");
}
