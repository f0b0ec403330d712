/** Above the list: search, filter by state, how many there are, and the way out as a file. */
import { Button } from "../button.tsx";
import { message, textLanguage } from "../message.ts";
import type { MessageKey } from "../text.ts";
import type { ConnectionStatus } from "#shared/connection_status.ts";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import { csvFileName, csvOf } from "./csv.ts";
import { downloadText } from "./download_text.ts";
import { CATEGORIES, type Category } from "./listed_connections.ts";
import { hashFor } from "./route.ts";

export type ListToolsProps = {
  query: string;
  category: Category | null;
  counts: Map<Category, number>;
  matches: readonly ConnectionStatus[];
  total: number;
  /** Why some may be missing, and a file of them would be a surprise. */
  gap: MessageKey | null;
  onQuery: (query: string) => void;
};

export function ListTools(props: ListToolsProps): JSX.Element {
  const { category, counts, matches, total, gap } = props;
  const offered = CATEGORIES.filter((known) => counts.has(known) || known === category);
  return (
    <>
      <div class="tools">
        <input
          type="search"
          autocomplete="off"
          spellcheck={false}
          aria-label={message("connections_search")}
          placeholder={message("connections_search")}
          value={props.query}
          onInput={({ target }: InputEvent) => {
            if (target instanceof HTMLInputElement) props.onQuery(target.value);
          }}
        />
        {gap === null && (
          <Button
            action="export"
            label="connections_export"
            onClick={() => downloadText(csvOf(matches), csvFileName(Date.now()))}
          />
        )}
      </div>
      <nav class="filters" aria-label={message("connections_filter")}>
        {[null, ...offered].map((known) => (
          <a
            key={known ?? "all"}
            class="filter"
            href={hashFor({ kind: "list", category: known })}
            aria-current={known === category ? "true" : "false"}
          >
            {message(known === null ? "connections_all" : `state_${known}`)}{" "}
            <span class="filter-count">{number(known === null ? total : counts.get(known) ?? 0)}</span>
          </a>
        ))}
      </nav>
      <p class="count">
        {gap === null ? countText(matches.length, total) : message(gap)}
      </p>
    </>
  );
}

/** How many connections were found, of how many. */
export function countText(matches: number, total: number): string {
  return message("connections_count", [number(matches), number(total)]);
}

export function number(value: number): string {
  return value.toLocaleString(textLanguage());
}
