/** A button with its label; what it does is its name for styles and tests. */
import { message } from "./message.ts";
import type { MessageKey } from "./text.ts";
import type { JSX } from "hono/jsx/dom/jsx-runtime";

export type ButtonProps = {
  action: string;
  label: MessageKey;
  style?: string;
  /** Then a click does nothing. The focus may stay. */
  isDisabled?: boolean;
  onClick: () => void;
  /** Before the label. */
  children?: unknown;
};

export function Button(
  { action, label, style = "secondary", isDisabled = false, onClick, children }: ButtonProps,
): JSX.Element {
  return (
    <button
      type="button"
      class={`button button-${style}`}
      data-action={action}
      aria-disabled={isDisabled ? "true" : "false"}
      onClick={() => {
        if (!isDisabled) onClick();
      }}
    >
      {children}
      {message(label)}
    </button>
  );
}
