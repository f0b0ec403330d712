/** Asks the server to remove the app from the location in view, and to delete the tokens of its connection. */
import { ApiError } from "#shared/api_error.ts";
import { ConnectionStatus, notConnectedStatus } from "#shared/connection_status.ts";
import { connectionPath } from "#shared/endpoints.ts";
import type { Fetch } from "../server_answer.ts";
import { type ConnectionOrder, giveOrder, type UnfulfilledOrder } from "./connection_order.ts";
import * as v from "valibot";

/** Codes of the server. */
const REFUSALS = ["agency_install", "removal_refused"] as const;

/**
 * - `removed`: at HighLevel and at the server
 * - `removed_here`: at the server; HighLevel could not be told, and may still list the app
 * - `removal_pending`: HighLevel has not confirmed yet, and the server goes on asking
 * - `agency_install`: the agency installed the app, and only who connected the agency can remove it
 * - `removal_refused`: the agency installed the app, and HighLevel does not let its install remove it from the location
 */
export type DisconnectAnswer =
  | { kind: "removed" | "removed_here"; status: ConnectionStatus }
  | { kind: "removal_pending"; status: ConnectionStatus }
  | { kind: typeof REFUSALS[number] }
  | UnfulfilledOrder;

export async function disconnectConnection(fetch: Fetch, order: ConnectionOrder): Promise<DisconnectAnswer> {
  const path = connectionPath(order.connectionId);
  const answer = await giveOrder(fetch, { order, method: "DELETE", path });
  if (answer.kind !== "answered") return answer;
  const { httpStatus, body } = answer;
  if (httpStatus === 204) return { kind: "removed", status: notConnectedStatus(order.locationId) };
  const refusal = httpStatus === 403 ? refusalOf(body) : undefined;
  if (refusal !== undefined) return { kind: refusal };
  const parsed = v.safeParse(ConnectionStatus, body);
  if (!parsed.success) return { kind: "unexpected_answer" };
  if (httpStatus === 200) return { kind: "removed_here", status: parsed.output };
  if (httpStatus === 202) return { kind: "removal_pending", status: parsed.output };
  return { kind: "unexpected_answer" };
}

function refusalOf(body: unknown): typeof REFUSALS[number] | undefined {
  return v.is(ApiError, body) ? REFUSALS.find((code) => code === body.error.code) : undefined;
}
