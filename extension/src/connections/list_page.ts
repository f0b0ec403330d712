/** One page of a long list: no more rows are drawn at once. */

export const ROWS_A_PAGE = 50;

/** `first` and `last` count from 1; both are 0 when there is nothing. `page` counts from 0. */
export type ListPage<Row> = { rows: Row[]; page: number; pages: number; first: number; last: number };

/** The wanted page, or the last one when the list has become shorter. */
export function pageOf<Row>(list: readonly Row[], wanted: number): ListPage<Row> {
  const pages = Math.max(1, Math.ceil(list.length / ROWS_A_PAGE));
  const page = Math.min(Math.max(0, wanted), pages - 1);
  const start = page * ROWS_A_PAGE;
  const rows = list.slice(start, start + ROWS_A_PAGE);
  return { rows, page, pages, first: rows.length === 0 ? 0 : start + 1, last: start + rows.length };
}
