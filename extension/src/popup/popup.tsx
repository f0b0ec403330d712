/** The popup: draws the view that the pure functions decided, and passes clicks on. */
import { message, words } from "../message.ts";
import { Logo } from "../logo.tsx";
import { useEffect, useRef, useState, useSyncExternalStore } from "hono/jsx/dom";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import { Actions } from "./actions.tsx";
import { ConfirmationDialog } from "./confirmation_dialog.tsx";
import { ConnectionsButton } from "./connections_button.tsx";
import { Facts } from "./facts.tsx";
import { useFocusAfterChange } from "./focus_after_change.ts";
import { Footer } from "./footer.tsx";
import { Identity } from "./identity.tsx";
import { LastKnown } from "./last_known.tsx";
import { OpenHook } from "./open_hook.tsx";
import { OptionsButton } from "./options_button.tsx";
import type { PopupModel } from "./popup_model.ts";
import type { PopupAction } from "./popup_view.ts";
import { popupViewFor } from "./popup_view_for.ts";
import { Scopes } from "./scopes.tsx";
import { StatusPanel } from "./status_panel.tsx";

/** How often relative times are drawn again. */
const TICK_MS = 15_000;

export function Popup({ model }: { model: PopupModel }): JSX.Element {
  const state = useSyncExternalStore(model.subscribe, model.state);
  const now = useNow();
  const view = popupViewFor({ ...state, now });
  const heading = useRef<HTMLHeadingElement | null>(null);
  useFocusAfterChange(heading, `${view.kind} ${view.confirmation === null}`);
  const onAction = (action: PopupAction): void => void model.act(action, view.kind);
  // What comes after a removal is in sight before the removal is over.
  const isBusy = state.pending || state.disconnect?.kind === "running" ||
    (state.checking && view.kind === "server_unreachable") ||
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
