/** From one page of the list to the next. */
import { Button } from "../button.tsx";
import { message } from "../message.ts";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import type { ListPage } from "./list_page.ts";
import { number } from "./list_tools.tsx";

export type PagerProps = {
  page: ListPage<unknown>;
  total: number;
  onPage: (page: number) => void;
};

export function Pager({ page: { page, pages, first, last }, total, onPage }: PagerProps): JSX.Element | null {
  if (pages === 1) return null;
  const label = message("connections_range", [number(first), number(last), number(total)]);
  const button = (target: number, action: "previous" | "next"): JSX.Element => (
    <Button
      action={action}
      label={`connections_${action}`}
      isDisabled={target < 0 || target >= pages}
      onClick={() => {
        onPage(target);
        scrollTo(0, 0);
      }}
    />
  );
  return (
    <nav class="pager" aria-label={label}>
      {button(page - 1, "previous")}
      <span>{label}</span>
      {button(page + 1, "next")}
    </nav>
  );
}
