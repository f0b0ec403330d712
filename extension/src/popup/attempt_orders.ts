/** What a person can do about attempts to connect, on any page that shows them. */
import type { Attempt } from "../attempt.ts";
import type { Message, Reply } from "../messages.ts";
import type { PopupAction } from "./popup_view.ts";

export type AttemptOrderDeps = {
  ask: (message: Message) => Promise<Reply | null>;
  focusWindow: (windowId: number) => Promise<void>;
  /** As it was read last. */
  attempt: () => Attempt | null;
  /** Reads it again. */
  read: () => Promise<void>;
  publish: () => void;
};

export type AttemptOrders = {
  /** The background was asked and has not replied. */
  isPending(): boolean;
  /**
   * For the location in view, or without one for whatever the person chooses. Connecting while an attempt runs shows its
   * window, and trying again leaves it for another. Actions that are not about attempts do nothing.
   */
  act(action: PopupAction, locationId: string | null): Promise<void>;
  /** Lets the background judge a running attempt: nobody else notices when it was stopped. */
  check(): Promise<void>;
};

export function createAttemptOrders(deps: AttemptOrderDeps): AttemptOrders {
  let isPending = false;

  async function ask(message: Message): Promise<Reply | null> {
    isPending = true;
    deps.publish();
    try {
      const reply = await deps.ask(message);
      await deps.read();
      return reply;
    } finally {
      isPending = false;
      deps.publish();
    }
  }

  async function connect(locationId: string | null): Promise<void> {
    const reply = await ask({ type: "connect", locationId });
    if (reply?.alreadyRunning) await showWindow();
  }

  async function showWindow(): Promise<void> {
    const attempt = deps.attempt();
    if (attempt?.phase === "connecting" && attempt.windowId !== null) {
      await deps.focusWindow(attempt.windowId);
    }
  }

  async function act(action: PopupAction, locationId: string | null): Promise<void> {
    const attempt = deps.attempt();
    switch (action) {
      case "connect":
        return await connect(locationId);
      case "retry":
        if (attempt?.phase === "connecting") await ask({ type: "cancel" });
        return await connect(locationId ?? attempt?.locationId ?? null);
      case "show_window":
        return await showWindow();
      case "cancel":
      case "dismiss":
        await ask({ type: action });
    }
  }

  return {
    isPending: () => isPending,
    act,
    async check() {
      if (deps.attempt()?.phase !== "connecting" || isPending) return;
      if (await deps.ask({ type: "attempt" }) === null) return;
      await deps.read();
      deps.publish();
    },
  };
}
