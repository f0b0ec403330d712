/**
 * `GET /oauth/callback`: where HighLevel sends the browser back to, for both flows. Answers 302 to the extension or
 * a 200 page, whatever happened, because Chrome aborts the flow's window on any status of 400 or more.
 */
import { Hono } from "hono";
import type { ConnectError } from "#shared/connect_error.ts";
import type { AppDependencies } from "../app.ts";
import type { Attempt } from "../connections/attempt.ts";
import { completeAttempt, type CompletedAttempt } from "../connections/complete_attempt.ts";
import { installFromMarketplace, type MarketplaceInstall } from "../connections/install_from_marketplace.ts";
import type { InstallRefusal } from "../connections/obtain_install.ts";
import { exchangeCode } from "../highlevel/exchange_code.ts";
import type { ExchangeFailure, Install } from "../highlevel/token_answer.ts";
import { attemptCookieOptions, takeAttemptCookie } from "../http/attempt_cookie.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { extensionUrl } from "../http/extension_url.ts";
import { rateLimit } from "../http/rate_limit.ts";
import { createRecentCodes } from "../http/recent_codes.ts";
import { errorFields } from "../log.ts";
import { outcomePage } from "../pages/outcome_page.tsx";
import { failure, type Result } from "../result.ts";

/** Samples have 40 hex characters; only text that cannot be a code is refused here. */
const CODE_PATTERN = /^[\w.~-]{8,512}$/;

export type OauthCallbackDependencies = Pick<
  AppDependencies,
  "afterInstall" | "config" | "database" | "fetch" | "gate" | "keys" | "logger" | "now" | "rateLimiter"
>;

export function oauthCallbackRoute(deps: OauthCallbackDependencies): Hono<AppEnv> {
  const route = new Hono<AppEnv>();
  const { config, database, gate, keys, logger, now } = deps;
  const { clientId } = config.highlevel;
  const cookies = attemptCookieOptions(deps);
  const recentCodes = createRecentCodes<Result<MarketplaceInstall, InstallRefusal>>({
    isSpentBy: (installed) => installed.ok || installed.failure === "code_rejected",
    now,
  });

  route.use(config.callbackPath, rateLimit(deps, (c) => outcomePage(c, "rate_limited")));

  route.get(config.callbackPath, async (c) => {
    // Whatever only looks at an address must not spend the code in it.
    if (c.req.method === "HEAD") return outcomePage(c, "nothing_to_do");
    const [state, ...others] = valuesOf(c, "state");
    if (state === undefined) return await handleMarketplaceInstall(c);
    const attempt = others.length === 0 ? takeAttemptCookie(c, state, cookies) : undefined;
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
      afterStored: (stored) => Promise.try(deps.afterInstall, stored).catch(troubleOf(c)),
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
      const installed = await recentCodes.use(code, () => install(c, code)) ?? failure("code_rejected");
      const fields = installed.ok
        ? { connection_id: installed.value.connectionId }
        : { reason: installed.failure };
      logger.info("marketplace_install", { request_id: requestId, ...fields });
      return outcomePage(c, installed.ok ? { installed: installed.value.summary } : installed.failure);
    } catch (error) {
      logger.error("callback_failed", { request_id: requestId, ...errorFields(error) });
      return outcomePage(c, "server_error");
    }
  }

  async function install(c: AppContext, code: string): Promise<Result<MarketplaceInstall, InstallRefusal>> {
    return await installFromMarketplace({
      database,
      keys,
      clientId,
      exchange: () => exchange(c, code),
      afterStored: deps.afterInstall,
      onTrouble: troubleOf(c),
    });
  }

  /** For what fails once the tokens are stored: the install is there, and nobody is told otherwise. */
  function troubleOf(c: AppContext): (error: unknown) => void {
    return (error) =>
      logger.warn("after_install_failed", { request_id: c.get("requestId"), ...errorFields(error) });
  }

  return route;
}

function codeOf(c: AppContext): string | undefined {
  const [code, ...others] = valuesOf(c, "code");
  return code !== undefined && others.length === 0 && CODE_PATTERN.test(code) ? code : undefined;
}

/** A parameter without a value is one that was left out (RFC 6749, section 3.1). */
function valuesOf(c: AppContext, name: string): string[] {
  return (c.req.queries(name) ?? []).filter((value) => value !== "");
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
