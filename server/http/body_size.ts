/** Bounds the bodies that are read. */
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { ApiFailure } from "../errors.ts";
import type { AppEnv } from "./context.ts";

/** None of our own is larger than some hundred bytes. */
const MAX_BODY_BYTES = 16 * 1024;

/** Refuses a larger body before or while it is read, and one that is cut off as what it is: the caller's doing. */
export function bodySize(maxBytes = MAX_BODY_BYTES): MiddlewareHandler<AppEnv> {
  const limit = bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      throw new ApiFailure("payload_too_large", `Expected a body of at most ${maxBytes} bytes`);
    },
  });
  return createMiddleware<AppEnv>(async (c, next) => {
    try {
      return await limit(c, next);
    } catch (error) {
      // What handlers throw does not come by here: Hono has answered it before `next` returns.
      throw error instanceof ApiFailure ? error : new ApiFailure("invalid_request", "The body was cut off");
    }
  });
}
