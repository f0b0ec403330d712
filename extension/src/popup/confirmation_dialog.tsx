/** Asks before something is done that cannot be undone here. The rest of the popup rests while it is open. */
import { words } from "../message.ts";
import { useLayoutEffect, useRef } from "hono/jsx/dom";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import { Actions } from "./actions.tsx";
import type { Confirmation, PopupAction } from "./popup_view.ts";

type ConfirmationDialogProps = { confirmation: Confirmation; onAction: (action: PopupAction) => void };

export function ConfirmationDialog({ confirmation, onAction }: ConfirmationDialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement | null>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element === null) return;
    element.showModal();
    element.querySelector<HTMLElement>("[data-action=keep]")?.focus();
    // At the document, since the focus is nowhere after a click between the buttons; else the popup would close too.
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      onAction("keep");
    };
    document.addEventListener("keydown", onKeyDown);
    return () => {
      document.removeEventListener("keydown", onKeyDown);
      // Gives the focus back to the button that asked.
      element.close();
    };
  }, []);
  return (
    <dialog ref={dialog} role="alertdialog" aria-labelledby="question" aria-describedby="explanation">
      <h2 id="question">{words(confirmation.title)}</h2>
      <p id="explanation">{words(confirmation.sentence)}</p>
      <p class="progress" role="status">{confirmation.progress !== null && words(confirmation.progress)}</p>
      <Actions buttons={confirmation} isBusy={confirmation.isBusy} onAction={onAction} />
    </dialog>
  );
}
