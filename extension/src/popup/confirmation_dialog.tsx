/** Asks before something is done that cannot be undone here. The rest of the page rests while it is open. */
import { words } from "../message.ts";
import { useLayoutEffect, useRef } from "hono/jsx/dom";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import { Actions } from "./actions.tsx";
import type { Confirmation } from "./popup_view.ts";

type ConfirmationDialogProps<Action extends string> = {
  confirmation: Confirmation<Action>;
  onAction: (action: Action) => void;
};

export function ConfirmationDialog<Action extends string>(
  { confirmation, onAction }: ConfirmationDialogProps<Action>,
): JSX.Element {
  const dialog = useRef<HTMLDialogElement | null>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element === null) return;
    const leave = (): HTMLElement | null => element.querySelector(".actions-row > :last-child");
    element.showModal();
    leave()?.focus();
    // At the document, since the focus is nowhere after a click between the buttons; else the popup would close too.
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      leave()?.click();
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
