/** Times that explain a state, relative to now. */
import { message, textLanguage } from "../message.ts";
import { relativeTime } from "../relative_time.ts";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import type { Fact } from "./popup_view.ts";

export function Facts({ facts, now }: { facts: Fact[]; now: number }): JSX.Element | null {
  if (facts.length === 0) return null;
  const language = textLanguage();
  return (
    <dl class="facts">
      {facts.map(({ label, at }) => (
        <div key={label}>
          <dt>{message(label)}</dt>
          <dd>
            <time datetime={new Date(at).toISOString()} title={new Date(at).toLocaleString(language)}>
              {relativeTime(at, { now, language })}
            </time>
          </dd>
        </div>
      ))}
    </dl>
  );
}
