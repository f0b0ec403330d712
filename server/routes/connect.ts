/** `GET /connect`: starts the private flow in a browser window. Answers 302 or a 200 page, and writes nothing. */
import { Hono } from "hono";
import * as v from "valibot";
import type { ConnectError } from "#shared/connect_error.ts";
import { CONNECT_PATH } from "#shared/endpoints.ts";
import { HighLevelId } from "#shared/identifiers.ts";
import { CodeChallenge } from "#shared/pkce.ts";
import type { AppDependencies } from "../app.ts";
import { ATTEMPT_SECONDS } from "../connections/attempt.ts";
import { createOpaqueToken } from "../crypto/opaque_token.ts";
import { authorizeUrl } from "../highlevel/authorize_url.ts";
import { attemptCookieOptions, setAttemptCookie } from "../http/attempt_cookie.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { extensionUrl } from "../http/extension_url.ts";
import { rateLimit } from "../http/rate_limit.ts";
import { outcomePage } from "../pages/outcome_page.tsx";

/** The extension's own parameters, named after RFC 6749 and RFC 7636. */
const ConnectQuery = v.object({
  state: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{8,128}$/)),
  code_challenge: CodeChallenge,
  code_challenge_method: v.literal("S256"),
  location_id: v.optional(HighLevelId),
});

export function connectRoute(deps: AppDependencies): Hono<AppEnv> {
  const { config, logger, now } = deps;
  const route = new Hono<AppEnv>();
  const { extensionRedirectUrls, highlevel } = config;
  const cookies = attemptCookieOptions(deps);

  /** The extension's redirect URL, only if it is on the list to the letter. */
  function redirectUrlOf(c: AppContext): string | undefined {
    const [redirectUrl, ...others] = c.req.queries("redirect_uri") ?? [];
    return others.length === 0 ? extensionRedirectUrls.find((known) => known === redirectUrl) : undefined;
  }

  function endAttempt(c: AppContext, error: ConnectError): Response | Promise<Response> {
    const redirectUrl = redirectUrlOf(c);
    logger.warn("connect_refused", { request_id: c.get("requestId"), reason: error });
    if (redirectUrl === undefined) {
      return outcomePage(c, error === "rate_limited" ? error : "redirect_not_allowed");
    }
    return c.redirect(extensionUrl(redirectUrl, { error, state: c.req.query("state") ?? "" }));
  }

  route.use(CONNECT_PATH, rateLimit(deps, (c) => endAttempt(c, "rate_limited")));

  route.get(CONNECT_PATH, (c) => {
    const redirectUrl = redirectUrlOf(c);
    if (redirectUrl === undefined) return endAttempt(c, "invalid_request");
    // RFC 6749, section 3.1: no parameter may be there twice.
    const isRepeated = Object.values(c.req.queries()).some((values) => values.length > 1);
    const query = v.safeParse(ConnectQuery, c.req.query());
    if (isRepeated || !query.success) return endAttempt(c, "invalid_request");
    const highlevelState = createOpaqueToken();
    setAttemptCookie(c, {
      redirectUrl,
      state: query.output.state,
      codeChallenge: query.output.code_challenge,
      highlevelState,
      expiresAt: now() + ATTEMPT_SECONDS * 1000,
    }, cookies);
    const { location_id: locationId = null } = query.output;
    logger.info("connect_started", { request_id: c.get("requestId"), location_id: locationId });
    return c.redirect(authorizeUrl(highlevel, highlevelState).href);
  });

  return route;
}
