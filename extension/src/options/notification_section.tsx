/** Whether the person wants to be told of what only a person can repair. */
import { message } from "../message.ts";
import { useState } from "hono/jsx/dom";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import type { OptionsModel } from "./options_model.ts";
import { Section } from "./section.tsx";

export type NotificationSectionProps = { isNotifying: boolean; model: OptionsModel };

export function NotificationSection({ isNotifying, model }: NotificationSectionProps): JSX.Element {
  const [isRefused, setRefused] = useState(false);

  return (
    <Section id="notifications-title" title="options_notifications_title">
      <div class="switch-line">
        <span>
          <span id="notifications-label">{message("options_notifications_label")}</span>
          <span id="notifications-hint" class="hint">{message("options_notifications_hint")}</span>
        </span>
        <button
          class="switch"
          type="button"
          role="switch"
          data-action="notifications"
          aria-checked={isNotifying ? "true" : "false"}
          aria-labelledby="notifications-label"
          aria-describedby="notifications-hint"
          onClick={async () => {
            setRefused(false);
            setRefused(!await model.setNotifying(!isNotifying));
          }}
        />
      </div>
      <p class="outcome outcome-warning" role="status">{isRefused && message("options_refused")}</p>
    </Section>
  );
}
