/** The id by which the log finds a request: the caller's, when it sent one that can be one, or a fresh one. */
import type { MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./context.ts";

const HEADER = "x-request-id";

/**
 * As Hono's `requestId()`, but the answer's header is set on the finished answer: a header that is set before makes Hono
 * copy all of them, which is the dearest part of a short request.
 */
export function requestId(): MiddlewareHandler<AppEnv> {
  return createMiddleware<AppEnv>(async (c, next) => {
    const given = c.req.header(HEADER);
    const id = given !== undefined && /^[\w=-]{1,64}$/.test(given) ? given : crypto.randomUUID();
    c.set("requestId", id);
    await next();
    c.res.headers.set(HEADER, id);
  });
}
