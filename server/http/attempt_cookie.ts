/** Where an attempt waits: one HttpOnly cookie an attempt, in the browser that started it. */
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { CookieOptions } from "hono/utils/cookie";
import {
  type Attempt,
  ATTEMPT_NAME_PREFIX,
  ATTEMPT_PURPOSE,
  attemptName,
  openAttempt,
  sealAttempt,
} from "../connections/attempt.ts";
import { deriveKeys, type EncryptionKeys } from "../crypto/encryption_keys.ts";
import type { AppDependencies } from "../app.ts";
import type { AppContext } from "./context.ts";

/** Longer than an attempt lives, so that a late return is told from one in another browser. */
const COOKIE_SECONDS = 3600;
/** A cookie is some 600 bytes: more of them than this would make the request's headers too large. */
const MAX_ATTEMPTS = 8;

export interface AttemptCookieOptions {
  readonly keys: EncryptionKeys;
  /** On https the name has the prefix `__Host-`: no subdomain and no plain http can plant such a cookie. */
  readonly secure: boolean;
}

/** What both window routes need for the cookies of their attempts. */
export function attemptCookieOptions(
  { config, keys }: Pick<AppDependencies, "config" | "keys">,
): AttemptCookieOptions {
  return { keys: deriveKeys(keys, ATTEMPT_PURPOSE), secure: config.publicUrl.startsWith("https:") };
}

/** Puts the attempt into the answer's cookies and drops the oldest others beyond a handful. */
export function setAttemptCookie(
  c: AppContext,
  attempt: Attempt,
  { keys, secure }: AttemptCookieOptions,
): void {
  const prefix = namePrefix(secure) + ATTEMPT_NAME_PREFIX;
  // A browser sends cookies of one path in the order of their creation (RFC 6265, section 5.4).
  const earlier = Object.keys(getCookie(c)).filter((name) => name.startsWith(prefix));
  for (const name of earlier.slice(0, Math.max(0, earlier.length - MAX_ATTEMPTS + 1))) {
    deleteCookie(c, name, cookieOptions(secure));
  }
  setCookie(c, namePrefix(secure) + attemptName(attempt.highlevelState), sealAttempt(keys, attempt), {
    ...cookieOptions(secure),
    maxAge: COOKIE_SECONDS,
  });
}

/** Takes the attempt that `highlevelState` belongs to out of the browser's cookies; `undefined` when it is not there. */
export function takeAttemptCookie(
  c: AppContext,
  highlevelState: string,
  { keys, secure }: AttemptCookieOptions,
): Attempt | undefined {
  const name = namePrefix(secure) + attemptName(highlevelState);
  const value = getCookie(c, name);
  if (value === undefined) return undefined;
  deleteCookie(c, name, cookieOptions(secure));
  return openAttempt(keys, { value, highlevelState });
}

function namePrefix(secure: boolean): string {
  return secure ? "__Host-" : "";
}

/** Lax, because HighLevel's redirect to the callback is a top-level navigation from another site. */
function cookieOptions(secure: boolean): CookieOptions {
  return { httpOnly: true, sameSite: "Lax", path: "/", secure };
}
