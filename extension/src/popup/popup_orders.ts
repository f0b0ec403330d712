/** The orders that a person gives about the connection in view, one at a time, and how the last ones stand. */
import type { ConnectionStatus } from "#shared/connection_status.ts";
import type { Fetch } from "../server_answer.ts";
import type { ConnectionOrder } from "./connection_order.ts";
import { disconnectConnection } from "./disconnect_connection.ts";
import { type DisconnectProgress, isOpenQuestion } from "./disconnect_view.ts";
import { refreshConnection } from "./refresh_connection.ts";
import type { RefreshProgress } from "./refresh_view.ts";

/** Sends an order to the server. Its answer may carry a status. */
export type GiveOrder<Answer> = (fetch: Fetch, order: ConnectionOrder) => Promise<Answer>;

export type OrderDeps = {
  knownStatus: () => ConnectionStatus | null;
  /** Gives the order about what is in view, and takes in what the answer says of it. Null: nothing is in view. */
  carryOut: <Answer extends { kind: string; status?: ConnectionStatus }>(
    give: GiveOrder<Answer>,
  ) => Promise<Answer | null>;
  /** What an earlier attempt connected is no longer news. */
  forgetOutcome: () => Promise<void>;
  publish: () => void;
  now: () => number;
};

type OrdersState = { refresh: RefreshProgress | null; disconnect: DisconnectProgress | null };

export type Orders = {
  state(): OrdersState;
  /** An order runs, or a question waits for the person: what it is about must not change under it. */
  isHolding(): boolean;
  refresh(): Promise<void>;
  /** Asks whether the connection shall be removed, or no longer. */
  ask(isAsked: boolean): void;
  disconnect(): Promise<void>;
};

export function createOrders(deps: OrderDeps): Orders {
  let state: OrdersState = { refresh: null, disconnect: null };

  function show(changed: Partial<OrdersState>): void {
    state = { refresh: null, disconnect: null, ...changed };
    deps.publish();
  }

  function isRunning(): boolean {
    return state.refresh?.kind === "running" || state.disconnect?.kind === "running";
  }

  async function refresh(): Promise<void> {
    if (isRunning()) return;
    const before = deps.knownStatus();
    let ended: RefreshProgress | null = null;
    show({ refresh: { kind: "running" } });
    try {
      const answer = await deps.carryOut(refreshConnection);
      if (answer?.kind === "answered") {
        ended = isSame(before, deps.knownStatus()) ? { kind: "in_vain", at: deps.now() } : null;
      } else if (answer?.kind !== "session_ended") {
        ended = answer;
      }
    } finally {
      show({ refresh: ended });
    }
  }

  async function disconnect(): Promise<void> {
    if (isRunning()) return;
    let ended: DisconnectProgress | null = null;
    show({ disconnect: { kind: "running" } });
    try {
      const answer = await deps.carryOut(disconnectConnection);
      if (answer !== null && "status" in answer) await deps.forgetOutcome();
      if (answer?.kind !== "session_ended" && answer?.kind !== "removal_pending") ended = answer;
    } finally {
      show({ disconnect: ended });
    }
  }

  return {
    state: () => state,
    isHolding: () => isRunning() || isOpenQuestion(state.disconnect),
    refresh,
    ask(isAsked) {
      if (!isRunning()) show({ disconnect: isAsked ? { kind: "asked" } : null });
    },
    disconnect,
  };
}

function isSame(before: ConnectionStatus | null, after: ConnectionStatus | null): boolean {
  return after?.state === before?.state && after?.problem?.code === before?.problem?.code;
}
