/** The permissions of a connection, for who wants to see them: what is missing first, and marked with a word. */
import { message } from "../message.ts";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import type { ScopeList } from "./popup_view.ts";

export function Scopes({ scopes }: { scopes: ScopeList | null }): JSX.Element | null {
  if (scopes === null) return null;
  const { granted, missing } = scopes;
  const counts = [granted, missing].map(({ length }) => String(length));
  return (
    <details class="scopes" onToggle={({ currentTarget }: Event) => showWhole(currentTarget)}>
      <summary>
        {missing.length === 0 ? message("scopes", counts) : message("scopes_some_missing", counts)}
      </summary>
      <ul>
        {missing.map((scope) => (
          <li class="missing" key={`missing ${scope}`}>
            <span>{scope}</span> <strong>{message("scope_missing")}</strong>
          </li>
        ))}
        {granted.map((scope) => <li key={scope}>{scope}</li>)}
      </ul>
    </details>
  );
}

/** What was opened below the edge would look as if nothing had happened. */
function showWhole(details: EventTarget | null): void {
  if (details instanceof HTMLDetailsElement && details.open) details.scrollIntoView({ block: "nearest" });
}
