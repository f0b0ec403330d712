/** The page of all connections: the list, and beside it the connection that is looked at. */
import { Button } from "../button.tsx";
import { Logo } from "../logo.tsx";
import { message, textLanguage, words } from "../message.ts";
import { useFocusAfterChange } from "../popup/focus_after_change.ts";
import type { MessageKey } from "../text.ts";
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "hono/jsx/dom";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import { AttemptNotice, spokenAttempt } from "./attempt_notice.tsx";
import { attemptNoticeFor } from "./attempt_notice_for.ts";
import { ConnectionDetail } from "./connection_detail.tsx";
import { ConnectionTable } from "./connection_table.tsx";
import type { ListState } from "./connection_list.ts";
import type { ConnectionsModel } from "./connections_model.ts";
import { countText, ListTools } from "./list_tools.tsx";
import { countCategories, filterConnections, sortConnections } from "./listed_connections.ts";
import { pageOf } from "./list_page.ts";
import { Notice } from "./notice.tsx";
import { noticeFor } from "./notice_for.ts";
import { Pager } from "./pager.tsx";
import { hashFor, parseRoute, type Route } from "./route.ts";

export function Connections({ model }: { model: ConnectionsModel }): JSX.Element {
  const state = useSyncExternalStore(model.subscribe, model.state);
  const [query, setQuery] = useState("");
  const [wantedPage, setPage] = useState(0);
  const { openedId, category } = useRoute();
  const heading = useFocusBack(openedId);
  const now = Date.now();
  const language = textLanguage();

  const connections = state.list?.connections ?? [];
  const sorted = useMemo(() => sortConnections(connections, language), [connections]);
  const counts = useMemo(() => countCategories(connections), [connections]);
  const matches = useMemo(
    () => filterConnections(sorted, { query, category, language }),
    [sorted, query, category],
  );
  const page = pageOf(matches, wantedPage);
  const notice = noticeFor(state);
  const attempt = attemptNoticeFor({ attempt: state.attempt, connections, now });
  const isListed = connections.length > 0;
  const gap = gapFor(state.list);

  function search(typed: string): void {
    setQuery(typed);
    setPage(0);
  }

  function showAll(): void {
    search("");
    location.hash = hashFor({ kind: "list", category: null });
    heading.current?.focus();
  }

  useFocusAfterChange(heading, attempt?.kind);
  useEffect(() => void model.open(openedId), [openedId]);
  useEffect(() => setPage(0), [category]);

  return (
    <div
      class={`page ${isListed && openedId !== null ? "page-split" : ""}`}
      data-view={notice?.kind ?? "list"}
    >
      <header>
        <Logo />
        <h1 ref={heading} tabindex={-1}>{message("action_connections")}</h1>
        <span class="server">{state.serverHost}</span>
      </header>
      <main>
        {attempt !== null && (
          <AttemptNotice
            key="attempt"
            view={attempt}
            isBusy={state.isPending}
            onAction={(action) => void model.act(action, null)}
          />
        )}
        <section key="list" class="list" aria-label={message("action_connections")}>
          {notice !== null && (
            <Notice {...notice}>
              {notice.kind === "away" && (
                <Button
                  action="retry"
                  label="action_try_again"
                  onClick={() => void model.load()}
                />
              )}
            </Notice>
          )}
          {isListed && (
            <>
              <ListTools
                {...{ query, category, counts, matches, gap }}
                total={connections.length}
                onQuery={search}
              />
              {matches.length === 0
                ? (
                  <p class="nothing">
                    {message("connections_nothing")}
                    <Button action="all" label="connections_show_all" style="quiet" onClick={showAll} />
                  </p>
                )
                : <ConnectionTable rows={page.rows} openedId={openedId} now={now} />}
              <Pager page={page} total={matches.length} onPage={setPage} />
            </>
          )}
        </section>
        {isListed && openedId !== null && (
          <ConnectionDetail
            key="detail"
            opened={state.opened}
            missing={gap === "connections_partial"
              ? "connections_not_loaded"
              : gap ?? "connections_not_found"}
            closeHash={hashFor({ kind: "list", category })}
            now={now}
            onConnect={(locationId) => void model.act("connect", locationId)}
            onRenew={() => void model.renew()}
            onOlder={() => void model.loadOlder()}
          />
        )}
      </main>
      <p class="visually-hidden" role="status">
        {notice !== null && words(notice.sentence)}{" "}
        {isListed && gap === null && countText(matches.length, connections.length)}
      </p>
      <p class="visually-hidden" role="status">{attempt !== null && spokenAttempt(attempt)}</p>
    </div>
  );
}

/** Why the list may lack some; null when it has them all. */
function gapFor(list: ListState | null): MessageKey | null {
  if (list === null || list.isComplete) return null;
  return list.trouble === null ? "connections_loading" : "connections_partial";
}

/** The list keeps its filter while a connection is looked at. */
function useRoute() {
  const [route, setRoute] = useState<Route>(parseRoute(location.hash));
  const category = useRef(route.kind === "list" ? route.category : null);
  if (route.kind === "list") category.current = route.category;
  useEffect(() => {
    const onChange = (): void => setRoute(parseRoute(location.hash));
    addEventListener("hashchange", onChange);
    return () => removeEventListener("hashchange", onChange);
  }, []);
  return { openedId: route.kind === "list" ? null : route.connectionId, category: category.current };
}

/** When the connection that had the focus is closed, its row gets it, or else the heading. */
function useFocusBack(openedId: string | null) {
  const heading = useRef<HTMLHeadingElement | null>(null);
  const last = useRef(openedId);
  useEffect(() => {
    if (openedId === null && last.current !== null) {
      const row = document.querySelector<HTMLElement>(`[href="#${last.current}"]`);
      (row ?? heading.current)?.focus();
    }
    last.current = openedId;
  }, [openedId]);
  return heading;
}
