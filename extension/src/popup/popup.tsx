/** The popup: draws the view that the pure functions decided, and passes clicks on. */
import { message, words } from "../message.ts";
import { Logo } from "../logo.tsx";
import { useEffect, useRef, useState, useSyncExternalStore } from "hono/jsx/dom";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import { Actions } from "./actions.tsx";
import { ConfirmationDialog } from "./confirmation_dialog.tsx";
import { ConnectionsButton } from "./connections_button.tsx";
import { Facts } from "./facts.tsx";
import { Footer } from "./footer.tsx";
import { Identity } from "./identity.tsx";
import { LastKnown } from "./last_known.tsx";
import { OpenHook } from "./open_hook.tsx";
import { OptionsButton } from "./options_button.tsx";
import type { PopupModel } from "./popup_model.ts";
import type { PopupAction, PopupView } from "./popup_view.ts";
import { popupViewFor } from "./popup_view_for.ts";
import { Scopes } from "./scopes.tsx";
import { StatusPanel } from "./status_panel.tsx";

/** How often relative times are drawn again. */
const TICK_MS = 15_000;

/** How often the background is asked whether it is still working on the attempt. */
const ATTEMPT_CHECK_MS = 5_000;

export function Popup({ model }: { model: PopupModel }): JSX.Element {
  const state = useSyncExternalStore(model.subscribe, model.state);
  const now = useNow();
  const view = popupViewFor({ ...state, now });
  const heading = useFocusAfterChange(view);
  useAttemptCheck(model, view.kind === "connecting");
  const onAction = (action: PopupAction): void => void model.act(action, view.kind);
  const isBusy = state.pending || (state.checking && view.kind === "server_unreachable") ||
    (state.refresh?.kind === "running" && view.primary?.action === "refresh");

  return (
    <div class="popup" data-view={view.kind}>
      <header>
        <Logo />
        <span class="brand">{message("name")}</span>
        {state.hasSession && <ConnectionsButton onAction={onAction} />}
        <OptionsButton onAction={onAction} />
      </header>
      <main class={view.badge === null ? "placeless" : ""}>
        <div class="content">
          {view.badge === null && <OpenHook />}
          <h1 ref={heading} tabindex={-1} dir="auto" title={words(view.heading)}>{words(view.heading)}</h1>
          <Identity view={view} />
          <StatusPanel view={view} />
          <LastKnown lastKnown={view.lastKnown} now={now} />
          <Facts facts={view.facts} now={now} />
          <Scopes scopes={view.scopes} />
        </div>
        <Actions buttons={view} isBusy={isBusy} onAction={onAction} />
      </main>
      <Footer view={view} state={state} now={now} onAction={onAction} />
      {view.confirmation !== null && (
        <ConfirmationDialog confirmation={view.confirmation} onAction={onAction} />
      )}
    </div>
  );
}

function useNow(): number {
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((tick) => tick + 1), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return Date.now();
}

function useAttemptCheck(model: PopupModel, isConnecting: boolean): void {
  useEffect(() => {
    if (!isConnecting) return;
    const timer = setInterval(() => void model.checkAttempt(), ATTEMPT_CHECK_MS);
    return () => clearInterval(timer);
  }, [isConnecting]);
}

/**
 * When the button that had the focus is gone with its view, the focus goes to the heading and not to nowhere. A change that
 * came by itself moves no focus that is anywhere else.
 */
function useFocusAfterChange(view: PopupView) {
  const heading = useRef<HTMLHeadingElement | null>(null);
  const focused = useRef<EventTarget | null>(null);
  const shown = `${view.kind} ${view.confirmation === null}`;
  useEffect(() => {
    const onFocus = ({ target }: FocusEvent): void => {
      focused.current = target;
    };
    document.addEventListener("focusin", onFocus);
    return () => document.removeEventListener("focusin", onFocus);
  }, []);
  useEffect(() => {
    const isLost = focused.current instanceof Element && !focused.current.isConnected;
    if (isLost && document.activeElement === document.body) heading.current?.focus();
  }, [shown]);
  return heading;
}
