/**
 * `GET /oauth/callback`: where HighLevel sends the browser back to, for both flows. Answers 302 to the extension or
 * a 200 page, whatever happened, because Chrome aborts the flow's window on any status of 400 or more.
 */
import { Hono } from "hono";
import type { ConnectError } from "#shared/connect_error.ts";
import type { AppDependencies } from "../app.ts";
import type { Attempt } from "../connections/attempt.ts";
import { completeAttempt, type CompletedAttempt } from "../connections/complete_attempt.ts";
import { installFromMarketplace } from "../connections/install_from_marketplace.ts";
import { exchangeCode } from "../highlevel/exchange_code.ts";
import type { ExchangeFailure, Install } from "../highlevel/token_answer.ts";
import { attemptCookieOptions, takeAttemptCookie } from "../http/attempt_cookie.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { extensionUrl } from "../http/extension_url.ts";
import { rateLimit } from "../http/rate_limit.ts";
import { errorFields } from "../log.ts";
import { outcomePage } from "../pages/outcome_page.tsx";
import { failure, type Result } from "../result.ts";

/** Samples have 40 hex characters; only text that cannot be a code is refused here. */
const CODE_PATTERN = /^[\w.~-]{8,512}$/;

export function oauthCallbackRoute(deps: AppDependencies): Hono<AppEnv> {
  const route = new Hono<AppEnv>();
  const { config, database, gate, keys, logger, now } = deps;
  const { clientId } = config.highlevel;
  const cookies = attemptCookieOptions(deps);

  route.use(config.callbackPath, rateLimit(deps, (c) => outcomePage(c, "rate_limited")));

  route.get(config.callbackPath, async (c) => {
    // Whatever only looks at an address must not spend the code in it.
    if (c.req.method === "HEAD") return outcomePage(c, "nothing_to_do");
    const state = c.req.query("state");
    if (state === undefined) return await handleMarketplaceInstall(c);
    const attempt = takeAttemptCookie(c, state, cookies);
    if (attempt === undefined) {
      logger.warn("callback_refused", { request_id: c.get("requestId"), reason: "attempt_unknown" });
      return outcomePage(c, "attempt_unknown");
    }
    const outcome = await finish(c, attempt);
    return c.redirect(extensionUrl(attempt.redirectUrl, { ...outcome, state: attempt.state }));
  });

  /** What the extension is told: a grant code, or why there is none. */
  async function finish(
    c: AppContext,
    attempt: Attempt,
  ): Promise<{ code: string } | { error: ConnectError }> {
    const requestId = c.get("requestId");
    const completed = await connect(c, attempt).catch((error: unknown) => {
      logger.error("callback_failed", { request_id: requestId, ...errorFields(error) });
      return failure<ConnectError>("server_error");
    });
    if (!completed.ok) {
      logger.warn("connect_failed", { request_id: requestId, reason: completed.failure });
      return { error: completed.failure };
    }
    logger.info("connected", { request_id: requestId, connection_id: completed.value.connectionId });
    return { code: completed.value.grantCode };
  }

  async function connect(
    c: AppContext,
    attempt: Attempt,
  ): Promise<Result<CompletedAttempt, ConnectError>> {
    if (now() > attempt.expiresAt) return failure("attempt_expired");
    const error = c.req.query("error");
    if (error !== undefined) return failure(connectErrorForAuthorization(error));
    const code = codeOf(c);
    if (code === undefined) return failure("code_rejected");
    return await completeAttempt({
      database,
      keys,
      clientId,
      codeChallenge: attempt.codeChallenge,
      exchange: () => exchange(c, code),
    });
  }

  async function exchange(c: AppContext, code: string): Promise<Result<Install, ExchangeFailure>> {
    const pass = gate.begin();
    const exchanged = await exchangeCode({
      app: config.highlevel,
      code,
      fetch: deps.fetch,
      observe: ({ outcome, status, milliseconds, traceId, detail }) =>
        logger[outcome === "exchanged" ? "info" : "warn"]("code_exchanged", {
          request_id: c.get("requestId"),
          outcome,
          status,
          milliseconds,
          trace_id: traceId,
          detail,
        }),
    });
    // Tokens for a code show that HighLevel accepts the app's credentials; a refusal may be the code's.
    gate.settle(pass, exchanged.ok ? { kind: "accepted", claimedAt: null } : { kind: "not_called" });
    return exchanged;
  }

  async function handleMarketplaceInstall(c: AppContext): Promise<Response> {
    const code = codeOf(c);
    if (code === undefined) return outcomePage(c, "nothing_to_do");
    if (!config.allowMarketplaceInstalls) return outcomePage(c, "marketplace_installs_off");
    const requestId = c.get("requestId");
    try {
      const installed = await installFromMarketplace({
        database,
        keys,
        clientId,
        exchange: () => exchange(c, code),
      });
      const fields = installed.ok ? { connection_id: installed.value } : { reason: installed.failure };
      logger.info("marketplace_install", { request_id: requestId, ...fields });
      return outcomePage(c, installed.ok ? "installed" : installed.failure);
    } catch (error) {
      logger.error("callback_failed", { request_id: requestId, ...errorFields(error) });
      return outcomePage(c, "server_error");
    }
  }

  return route;
}

function codeOf(c: AppContext): string | undefined {
  const [code, ...others] = c.req.queries("code") ?? [];
  return code !== undefined && others.length === 0 && CODE_PATTERN.test(code) ? code : undefined;
}

/** RFC 6749, section 4.1.2.1. HighLevel was never seen to send one; other than a "no", they are about the app. */
function connectErrorForAuthorization(error: string): ConnectError {
  switch (error) {
    case "access_denied":
      return "access_denied";
    case "server_error":
    case "temporarily_unavailable":
      return "highlevel_unavailable";
    default:
      return "operator_action_required";
  }
}
