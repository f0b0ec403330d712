/** What went wrong with an order, and the one next step. */
import type { Text } from "../text.ts";
import type { OrderFailure } from "./connection_order.ts";

export function orderFailureText(failure: OrderFailure): Text {
  switch (failure.kind) {
    case "timed_out":
      return { key: "order_timed_out" };
    case "unreachable":
      return { key: "order_unreachable" };
    case "server_trouble":
      return { key: "order_server_trouble" };
    case "unexpected_answer":
      return { key: "order_unexpected_answer" };
    case "rate_limited":
      return failure.retryAfterSeconds === null
        ? { key: "order_rate_limited" }
        : { key: "order_rate_limited_seconds", seconds: failure.retryAfterSeconds };
  }
}
