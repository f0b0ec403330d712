/** Says by every answer what time it is at the simulator: its clients may read HighLevel's clock from nothing else. */
import type { MiddlewareHandler } from "hono";
import type { Clock } from "./clock.ts";

/** `Date` (RFC 9110, section 6.6.1) by the simulator's clock, to the second below, as soon as the answer is made. */
export function dateHeader(clock: Clock): MiddlewareHandler {
  return async (context, next) => {
    await next();
    context.res.headers.set("Date", new Date(clock.now()).toUTCString());
  };
}
