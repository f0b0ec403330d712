/** Refuses requests whose headers are larger than any of ours can be. */
import type { MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import { ApiFailure } from "../errors.ts";
import type { AppEnv } from "./context.ts";

const MAX_HEADER_CHARACTERS = 16 * 1024;

/** Counts names and values of all headers; a browser with a full set of attempt cookies sends some 8,000 characters. */
export function headerLimit(): MiddlewareHandler<AppEnv> {
  return createMiddleware<AppEnv>(async (c, next) => {
    let characters = 0;
    for (const [name, value] of c.req.raw.headers) characters += name.length + value.length;
    if (characters > MAX_HEADER_CHARACTERS) {
      throw new ApiFailure("headers_too_large", "The headers are too large");
    }
    await next();
  });
}
