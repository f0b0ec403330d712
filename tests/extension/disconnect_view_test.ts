import { type DisconnectProgress, withDisconnect } from "../../extension/src/popup/disconnect_view.ts";
import type { PopupView } from "../../extension/src/popup/popup_view.ts";
import { statusViewFor } from "../../extension/src/popup/status_view.ts";
import { CONNECTION_STATES, type ConnectionStatus, notConnectedStatus } from "#shared/connection_status.ts";
import assert from "node:assert/strict";
import { connectedStatus, LOCATION_ID, NOW } from "./fake_browser.ts";

function knownAs(status: ConnectionStatus) {
  return { locationId: LOCATION_ID, status, checkedAt: NOW };
}

const connected = knownAs(connectedStatus());
const gone = knownAs(notConnectedStatus(LOCATION_ID));
const viewOf = (
  known: { locationId: string; status: ConnectionStatus; checkedAt: number | null },
): PopupView => statusViewFor(known, NOW);

function shown(disconnect: DisconnectProgress | null, known = connected, view = viewOf(known)): PopupView {
  return withDisconnect(view, { disconnect, known });
}

Deno.test("withDisconnect() adds nothing when nobody asked to disconnect", () => {
  assert.deepEqual(shown(null), viewOf(connected));
});

Deno.test("withDisconnect() asks above the view, which stays as it is, and names the location", () => {
  assert.deepEqual(shown({ kind: "asked" }), {
    ...viewOf(connected),
    confirmation: {
      title: { key: "disconnect_title_named", values: ["Bright Smile Dental"] },
      sentence: { key: "disconnect_explained" },
      progress: null,
      isBusy: false,
      primary: { action: "disconnect_now", label: "action_disconnect", style: "danger" },
      secondary: [{ action: "keep", label: "action_keep" }],
    },
  });
});

Deno.test("withDisconnect() asks about a location whose name is not known, or is long", () => {
  const titles = [null, "W".repeat(600)].map((locationName) =>
    shown({ kind: "asked" }, knownAs(connectedStatus({ locationName }))).confirmation?.title
  );
  assert.deepEqual(titles, [
    { key: "disconnect_title" },
    { key: "disconnect_title_named", values: ["W".repeat(60) + "…"] },
  ]);
});

Deno.test("withDisconnect() says of an agency's install who can remove it", () => {
  const { confirmation } = shown({ kind: "asked" }, knownAs(connectedStatus({ kind: "company" })));
  assert.deepEqual(confirmation?.sentence, { key: "disconnect_explained_agency" });
});

Deno.test("withDisconnect() says that it runs, in the part that is announced and on the button", () => {
  const { confirmation } = shown({ kind: "running" });
  const { isBusy, progress, primary } = confirmation ?? assert.fail();
  assert.deepEqual([isBusy, progress, primary.label], [
    true,
    { key: "asking_highlevel" },
    "action_disconnecting",
  ]);
});

Deno.test("withDisconnect() says in the question why there is no outcome, and lets the person try again", () => {
  const cases: [DisconnectProgress, unknown][] = [
    [{ kind: "timed_out" }, { key: "order_timed_out" }],
    [{ kind: "unreachable" }, { key: "order_unreachable" }],
    [{ kind: "server_trouble" }, { key: "order_server_trouble" }],
    [{ kind: "unexpected_answer" }, { key: "order_unexpected_answer" }],
    [{ kind: "rate_limited", retryAfterSeconds: null }, { key: "order_rate_limited" }],
    [{ kind: "rate_limited", retryAfterSeconds: 30 }, { key: "order_rate_limited_seconds", seconds: 30 }],
  ];
  for (const [disconnect, progress] of cases) {
    const { confirmation, ...view } = shown(disconnect);
    assert.deepEqual([confirmation?.progress, confirmation?.isBusy], [progress, false]);
    assert.deepEqual({ ...view, confirmation: null }, viewOf(connected));
  }
});

Deno.test("withDisconnect() asks nothing above a view that offers no disconnecting", () => {
  for (const disconnect of [{ kind: "asked" }, { kind: "running" }, { kind: "agency_install" }] as const) {
    assert.deepEqual(shown(disconnect, gone), viewOf(gone));
  }
});

Deno.test("withDisconnect() tells what became of the connection in the place of the usual words", () => {
  const usual = viewOf(gone);
  const note = { key: "note_company_without_location" } as const;
  const cases: [DisconnectProgress, "disconnected" | "disconnected_here"][] = [
    [{ kind: "removed" }, "disconnected"],
    [{ kind: "removed_here" }, "disconnected_here"],
  ];
  for (const [disconnect, key] of cases) {
    const words = { sentence: { key }, nextStep: { key: `${key}_next` } };
    assert.deepEqual(shown(disconnect, gone, { ...usual, note }), { ...usual, ...words });
    // Connected again since, or no longer signed in.
    assert.deepEqual(shown(disconnect), viewOf(connected));
    const unchecked = { ...usual, checkedAt: null };
    assert.deepEqual(shown(disconnect, gone, unchecked), unchecked);
  }
});

Deno.test("withDisconnect() says why an agency's install stays, in every state", () => {
  for (const state of CONNECTION_STATES.filter((state) => state !== "not_connected")) {
    for (const kind of ["agency_install", "removal_refused"] as const) {
      const view = shown({ kind }, knownAs(connectedStatus({ kind: "company", state })));
      assert.deepEqual([view.nextStep, view.confirmation], [{ key: `disconnect_${kind}` }, null]);
    }
  }
});

Deno.test("withDisconnect() says that the connection was gone beside whatever the server says now", () => {
  const note = { key: "disconnect_not_found" };
  assert.deepEqual(shown({ kind: "not_found" }, gone).note, note);
  const unchecked = { ...viewOf(gone), checkedAt: null };
  assert.deepEqual(shown({ kind: "not_found" }, gone, unchecked), unchecked);
});
