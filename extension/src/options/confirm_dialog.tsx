/** Asks before something is done that cannot be undone here. The rest of the page rests while it is open. */
import { message } from "../message.ts";
import type { MessageKey } from "../text.ts";
import { useLayoutEffect, useRef } from "hono/jsx/dom";
import type { JSX } from "hono/jsx/dom/jsx-runtime";

export type DialogButton = {
  action: string;
  label: MessageKey;
  style: "danger" | "secondary";
  onClick: () => void;
};

export type ConfirmDialogProps = {
  title: MessageKey;
  explanation: MessageKey;
  /** How it goes, or what went wrong. */
  status: string;
  isBusy: boolean;
  buttons: DialogButton[];
  onCancel: () => void;
};

export function ConfirmDialog(props: ConfirmDialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement | null>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    element?.querySelector<HTMLElement>("[data-action=cancel]")?.focus();
    // Gives the focus back to the button that asked.
    return () => element?.close();
  }, []);
  const cancel: DialogButton = {
    action: "cancel",
    label: "action_cancel",
    style: "secondary",
    onClick: props.onCancel,
  };
  return (
    <dialog
      ref={dialog}
      role="alertdialog"
      aria-labelledby="question"
      aria-describedby="explanation"
      onCancel={(event: Event) => {
        event.preventDefault();
        if (!props.isBusy) props.onCancel();
      }}
    >
      <h2 id="question">{message(props.title)}</h2>
      <p id="explanation">{message(props.explanation)}</p>
      <p class="outcome" role="status">{props.status}</p>
      <div class="buttons">
        {[...props.buttons, cancel].map(({ action, label, style, onClick }) => (
          <button
            key={action}
            type="button"
            class={`button button-${style}`}
            data-action={action}
            aria-disabled={props.isBusy ? "true" : "false"}
            onClick={() => {
              if (!props.isBusy) onClick();
            }}
          >
            {message(label)}
          </button>
        ))}
      </div>
    </dialog>
  );
}
