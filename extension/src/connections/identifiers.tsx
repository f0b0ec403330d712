/** What HighLevel and the server call a connection, to be copied from. */
import { message } from "../message.ts";
import type { ConnectionStatus } from "#shared/connection_status.ts";
import type { JSX } from "hono/jsx/dom/jsx-runtime";

export function Identifiers({ status }: { status: ConnectionStatus }): JSX.Element {
  const rows = [
    ["column_location", status.locationId],
    ["agency", status.companyId],
    ["column_connection", status.connectionId],
  ] as const;
  return (
    <dl class="facts identifiers">
      {rows.map(([label, id]) =>
        id !== null && (
          <div key={label}>
            <dt>{message(label)}</dt>
            <dd class="id">{id}</dd>
          </div>
        )
      )}
    </dl>
  );
}
