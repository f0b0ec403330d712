/** The connection that is looked at: how it stands, what can be done, and its history. */
import { message, words } from "../message.ts";
import { Actions } from "../popup/actions.tsx";
import { Facts } from "../popup/facts.tsx";
import { useFocusAfterChange } from "../popup/focus_after_change.ts";
import { StatusPanel } from "../popup/status_panel.tsx";
import type { MessageKey } from "../text.ts";
import { useEffect, useRef } from "hono/jsx/dom";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import type { ConnectionsState } from "./connections_model.ts";
import { detailViewFor } from "./detail_view.ts";
import { History } from "./history.tsx";
import { Identifiers } from "./identifiers.tsx";

export type ConnectionDetailProps = {
  opened: ConnectionsState["opened"];
  /** Said of a connection that is not in the list. */
  missing: MessageKey;
  /** Where closing leads. */
  closeHash: string;
  now: number;
  onConnect: (locationId: string | null) => void;
  onRenew: () => void;
  onOlder: () => void;
};

export function ConnectionDetail(props: ConnectionDetailProps): JSX.Element {
  const { opened, now } = props;
  const status = opened?.status ?? null;
  const view = opened === null || status === null ? null : detailViewFor({ ...opened, status }, now);
  const heading = useRef<HTMLHeadingElement | null>(null);
  useFocusAfterChange(heading, view?.primary?.action);
  useEffect(() => heading.current?.focus(), [opened?.connectionId, view === null]);

  return (
    <section class="detail" aria-labelledby="detail-title">
      <a class="close" href={props.closeHash} data-action="close">{message("connections_close")}</a>
      <h2 id="detail-title" ref={heading} tabindex={-1} dir="auto">
        {view === null ? message(props.missing) : words(view.heading)}
      </h2>
      {opened !== null && status !== null && view !== null && (
        <>
          <StatusPanel view={view} />
          <Facts facts={view.facts} now={now} />
          {view.primary !== null && (
            <Actions
              buttons={view}
              isBusy={opened.refresh?.kind === "running"}
              onAction={(action) => {
                if (action === "connect") props.onConnect(status.locationId);
                else props.onRenew();
              }}
            />
          )}
          <History opened={opened} status={status} now={now} onOlder={props.onOlder} />
          <Identifiers status={status} />
        </>
      )}
    </section>
  );
}
