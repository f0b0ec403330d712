import { ATTEMPT_CAUSES, type ConnectedAttempt } from "../../extension/src/attempt.ts";
import { type PopupInput, popupViewFor } from "../../extension/src/popup/popup_view_for.ts";
import { OUTCOME_SHOWN_MS } from "../../extension/src/popup/viewed_location.ts";
import { CONNECTION_STATES, notConnectedStatus } from "#shared/connection_status.ts";
import assert from "node:assert/strict";
import { connectedStatus, CONNECTING, LOCATION_ID, OTHER_LOCATION_ID } from "./fake_browser.ts";

const NOW = 1_700_000_000_000;
const known = { locationId: LOCATION_ID, status: connectedStatus(), checkedAt: NOW - 60_000 };
const connecting = { ...CONNECTING, windowId: null, startedAt: NOW - 1_000 } as const;
const failed = { phase: "failed", locationId: LOCATION_ID, cause: "cancelled", endedAt: NOW } as const;

function input(overrides: Partial<PopupInput> = {}): PopupInput {
  return {
    page: { kind: "location", locationId: LOCATION_ID },
    attempt: null,
    hasSession: true,
    serverHost: "relatch.example.com",
    known: null,
    connectedAt: null,
    check: null,
    refresh: null,
    disconnect: null,
    now: NOW,
    ...overrides,
  };
}

function connected(
  connection: Partial<ConnectedAttempt["connection"]>,
  locationId: string | null = LOCATION_ID,
) {
  return {
    phase: "connected",
    locationId,
    connection: {
      kind: "location",
      connectionId: "1",
      locationId: LOCATION_ID,
      locationName: null,
      ...connection,
    },
    endedAt: NOW,
  } as const satisfies ConnectedAttempt;
}

const notConnected = { locationId: LOCATION_ID, status: notConnectedStatus(LOCATION_ID), checkedAt: NOW };

Deno.test("popupViewFor() picks the view from page, session, attempt and what is known", () => {
  const cases: [string, Partial<PopupInput>][] = [
    ["not_highlevel", { page: { kind: "not_highlevel" } }],
    ["agency_page", { page: { kind: "agency_page" } }],
    ["page_hidden", { page: { kind: "hidden" } }],
    ["not_connected", { hasSession: false }],
    ["checking", {}],
    ["connected", { known }],
    ["connected", { known, check: "answered" }],
    ["not_connected", { hasSession: false, check: "session_ended" }],
    ["server_unreachable", { known, check: "unreachable" }],
    ["server_unreachable", { known, check: "server_trouble" }],
    ["server_unreachable", { check: "unexpected_answer" }],
    ["connecting", { known, attempt: connecting }],
    ["connecting", { page: { kind: "not_highlevel" }, attempt: connecting }],
    ["connecting", { page: { kind: "location", locationId: OTHER_LOCATION_ID }, attempt: connecting }],
    ["sign_in_failed", { attempt: failed }],
    ["sign_in_failed", { page: { kind: "hidden" }, attempt: failed }],
    ["sign_in_failed", { page: { kind: "agency_page" }, attempt: { ...failed, locationId: null } }],
    ["sign_in_failed", { page: { kind: "hidden" }, attempt: { ...failed, locationId: null } }],
    ["not_highlevel", { page: { kind: "not_highlevel" }, attempt: failed }],
    ["not_highlevel", { page: { kind: "not_highlevel" }, attempt: { ...failed, locationId: null } }],
    ["checking", { page: { kind: "location", locationId: OTHER_LOCATION_ID }, attempt: failed }],
    ["connected", { known, attempt: { ...failed, endedAt: NOW - OUTCOME_SHOWN_MS - 1 } }],
    ["connected", { known, attempt: { ...failed, endedAt: NOW + OUTCOME_SHOWN_MS + 1 } }],
    ["sign_in_failed", { known, attempt: { ...failed, endedAt: NOW + 1 } }],
    ["connected", { page: { kind: "hidden" }, known, attempt: connected({}) }],
  ];
  for (const [kind, overrides] of cases) {
    assert.equal(popupViewFor(input(overrides)).kind, kind, JSON.stringify(overrides));
  }
});

Deno.test("popupViewFor() has a view of its own for every state on the wire", () => {
  const badges = new Set<unknown>();
  for (const state of CONNECTION_STATES) {
    const view = popupViewFor(input({ known: { ...known, status: connectedStatus({ state }) } }));
    assert.equal(view.kind, state);
    assert.notEqual(view.nextStep, null);
    badges.add(view.badge?.icon);
  }
  assert.equal(badges.size, CONNECTION_STATES.length);
});

Deno.test("popupViewFor() gives every cause a sentence and a next step, and a way to try again", () => {
  for (const cause of ATTEMPT_CAUSES) {
    const view = popupViewFor(input({ attempt: { ...failed, cause } }));
    assert.deepEqual(view.sentence, { key: `cause_${cause}` });
    assert.deepEqual(view.nextStep, { key: `cause_${cause}_next` });
    assert.equal(view.primary?.action, "retry");
  }
});

Deno.test("popupViewFor() keeps what was known in sight when the server does not answer", () => {
  const view = popupViewFor(input({ known, check: "unreachable" }));
  assert.deepEqual(view.lastKnown, {
    badge: { icon: "check", label: "state_connected" },
    at: known.checkedAt,
  });
  assert.deepEqual(view.heading, { verbatim: "Bright Smile Dental" });
  assert.equal(view.primary?.action, "retry");
});

Deno.test("popupViewFor() offers a way out of every running attempt", () => {
  const actions = (overrides: object): unknown[] => {
    const view = popupViewFor(input({ attempt: { ...connecting, ...overrides } }));
    return [view.primary, ...view.secondary].map((button) => button?.action);
  };
  assert.deepEqual(actions({}), [undefined, "retry", "cancel"]);
  assert.deepEqual(actions({ windowId: 7 }), ["show_window", "retry", "cancel"]);
  for (const minutes of [-11, 11]) {
    const startedAt = NOW + minutes * 60_000;
    assert.deepEqual(actions({ windowId: 7, startedAt }), [undefined, "retry", "cancel"]);
  }
});

Deno.test("popupViewFor() speaks of a window only when one is known to be open", () => {
  const sentence = (windowId: number | null) =>
    popupViewFor(input({ attempt: { ...connecting, windowId } })).sentence;
  assert.deepEqual(sentence(null), { key: "connecting_opening" });
  assert.deepEqual(sentence(7), { key: "connecting" });
});

Deno.test("popupViewFor() says so when something else was connected than the location in view", () => {
  const other = { locationId: OTHER_LOCATION_ID, locationName: "Sunrise Yoga" };
  const company = { kind: "company", locationId: null } as const;
  const agencyPage = { page: { kind: "agency_page" }, known: null } as const;
  const cases: [unknown, Partial<PopupInput>][] = [
    [null, { attempt: connected({}), known }],
    [{ key: "note_connected_other", values: ["Sunrise Yoga"] }, {
      attempt: connected(other),
      known: notConnected,
    }],
    [{ key: "note_connected_other", values: [OTHER_LOCATION_ID] }, {
      attempt: connected({ ...other, locationName: null }),
      known: notConnected,
    }],
    [{ key: "note_connected_other", values: ["W".repeat(60) + "…"] }, {
      attempt: connected({ ...other, locationName: "W".repeat(600) }),
      known: notConnected,
    }],
    [null, { attempt: connected(company), known }],
    [{ key: "note_company_without_location" }, { attempt: connected(company), known: notConnected }],
    [{ key: "note_connected_company" }, { attempt: connected(company, null), ...agencyPage }],
    [{ key: "note_connected_location", values: ["Sunrise Yoga"] }, {
      attempt: connected(other, null),
      ...agencyPage,
    }],
    [null, { attempt: connected(company, null), page: { kind: "not_highlevel" }, known: null }],
    [null, { attempt: { ...connected(other), endedAt: NOW - OUTCOME_SHOWN_MS - 1 }, known: notConnected }],
  ];
  for (const [note, overrides] of cases) {
    assert.deepEqual(popupViewFor(input(overrides)).note, note, JSON.stringify(overrides));
  }
});

Deno.test("popupViewFor() tells that a connection is being removed, also while the server is away", () => {
  const problem = { code: "removal_pending", since: "2026-01-01T00:00:00Z", retryAt: null };
  const status = connectedStatus({ state: "degraded", problem });
  const badge = { icon: "warning", label: "state_disconnecting" };
  const removing = input({ known: { ...known, status } });
  assert.deepEqual(popupViewFor(removing).badge, badge);
  assert.deepEqual(popupViewFor({ ...removing, check: "unreachable" }).lastKnown?.badge, badge);
});

Deno.test("popupViewFor() asks above a connection whether it shall be removed", () => {
  const view = popupViewFor(input({ known, disconnect: { kind: "asked" } }));
  assert.equal(view.kind, "connected");
  assert.notEqual(view.confirmation, null);
});

Deno.test("popupViewFor() names permissions that are missing, and not too many of them", () => {
  const status = connectedStatus({ missingScopes: ["a.read", "b.read", "c.read", "d.read"] });
  const view = popupViewFor(input({ known: { ...known, status } }));
  assert.deepEqual(view.note, { key: "note_missing_scopes", values: ["a.read, b.read, …"] });
});

Deno.test("popupViewFor() has one next step for permissions that are missing: who connects again", () => {
  const connect = { action: "connect", label: "action_connect_again" };
  const cases = [
    ["location", "scopes_missing_next"],
    ["company", "scopes_missing_by_company_next"],
  ] as const;
  for (const [kind, key] of cases) {
    const status = connectedStatus({ kind, missingScopes: ["a.read"] });
    const { nextStep, note, primary, secondary } = popupViewFor(input({ known: { ...known, status } }));
    assert.deepEqual([nextStep, note, primary], [
      { key },
      { key: "note_missing_scopes", values: ["a.read"] },
      connect,
    ]);
    assert.deepEqual(secondary.map(({ action }) => action), ["disconnect"]);
  }
});

Deno.test("popupViewFor() keeps a next step beside a note, unless it is to do nothing", () => {
  const attempt = connected({ locationId: OTHER_LOCATION_ID });
  const lacking = { ...known, status: connectedStatus({ missingScopes: ["a.read"] }) };
  const nextSteps = [known, lacking].map((known) => popupViewFor(input({ attempt, known })).nextStep);
  assert.deepEqual(nextSteps, [null, { key: "scopes_missing_next" }]);
});

Deno.test("popupViewFor() says nothing of missing permissions while something else is wrong", () => {
  for (const state of CONNECTION_STATES.filter((state) => state !== "connected")) {
    const status = connectedStatus({ state, missingScopes: ["a.read"] });
    assert.equal(popupViewFor(input({ known: { ...known, status } })).note, null, state);
  }
});
