/** The buttons of a view: one that matters, and the others. */
import { Button } from "../button.tsx";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import type { ActionButton, Buttons } from "./popup_view.ts";
import { StatusGlyph } from "./status_glyph.tsx";

type ActionsProps<Action extends string> = {
  buttons: Buttons<Action>;
  isBusy: boolean;
  onAction: (action: Action) => void;
};

export function Actions<Action extends string>(
  { buttons, isBusy, onAction }: ActionsProps<Action>,
): JSX.Element {
  const button = ({ action, label, style }: ActionButton<Action>, rank: string): JSX.Element => (
    <Button
      key={action}
      {...{ action, label }}
      style={style ?? rank}
      isDisabled={isBusy}
      onClick={() => onAction(action)}
    >
      {style === "danger" && !isBusy && <StatusGlyph icon="warning" />}
    </Button>
  );
  return (
    <div class="actions">
      {buttons.primary !== null && button(buttons.primary, "primary")}
      {buttons.secondary.length > 0 && (
        <div class="actions-row">
          {buttons.secondary.map((secondary) => button(secondary, "secondary"))}
        </div>
      )}
    </div>
  );
}
