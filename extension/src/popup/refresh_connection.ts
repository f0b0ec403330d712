/** Asks the server to renew one connection now. */
import { ConnectionStatus } from "#shared/connection_status.ts";
import { connectionRefreshPath } from "#shared/endpoints.ts";
import type { Fetch } from "../server_answer.ts";
import { type ConnectionOrder, giveOrder, type UnfulfilledOrder } from "./connection_order.ts";
import * as v from "valibot";

export type RefreshAnswer = { kind: "answered"; status: ConnectionStatus } | UnfulfilledOrder;

export async function refreshConnection(fetch: Fetch, order: ConnectionOrder): Promise<RefreshAnswer> {
  const path = connectionRefreshPath(order.connectionId);
  const answer = await giveOrder(fetch, { order, method: "POST", path });
  if (answer.kind !== "answered") return answer;
  const parsed = v.safeParse(ConnectionStatus, answer.body);
  if (answer.httpStatus !== 200 || !parsed.success) return { kind: "unexpected_answer" };
  return { kind: "answered", status: parsed.output };
}
