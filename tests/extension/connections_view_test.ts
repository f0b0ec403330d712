import type { ConnectionsState } from "../../extension/src/connections/connections_model.ts";
import { detailViewFor, nameOf } from "../../extension/src/connections/detail_view.ts";
import { noticeFor } from "../../extension/src/connections/notice_for.ts";
import type { ListState } from "../../extension/src/connections/connection_list.ts";
import { CONNECTION_STATES, type ConnectionStatus } from "#shared/connection_status.ts";
import assert from "node:assert/strict";
import { connectedStatus, LOCATION_ID, NOW } from "./fake_browser.ts";

const AGENCY = {
  kind: "company",
  locationId: null,
  locationName: null,
  companyId: "Kx4vQ9tZpW2mB7nLdR1s",
} as const;

function noticeOf(list: Partial<ListState> | null, changes: Partial<ConnectionsState> = {}) {
  const whole: ListState = {
    connections: [],
    isLoading: false,
    isComplete: true,
    trouble: null,
    hasSessionEnded: false,
  };
  return noticeFor({
    serverHost: "relatch.example.com",
    hasSessionEnded: false,
    list: list === null ? null : { ...whole, ...list },
    opened: null,
    attempt: null,
    isPending: false,
    ...changes,
  });
}

function detail(changes: Partial<ConnectionStatus>) {
  return detailViewFor({ status: connectedStatus(changes), refresh: null }, NOW);
}

Deno.test("noticeFor() says why there is no list, or why it may be old", () => {
  const connections = [connectedStatus()];
  const cases: [string | undefined, ReturnType<typeof noticeOf>][] = [
    ["signed_out", noticeOf(null)],
    ["session_ended", noticeOf(null, { hasSessionEnded: true })],
    ["loading", noticeOf({ isLoading: true, isComplete: false })],
    ["empty", noticeOf({})],
    ["away", noticeOf({ trouble: "unreachable", isComplete: false })],
    ["away", noticeOf({ trouble: "server_trouble", connections })],
    [undefined, noticeOf({ connections })],
    [undefined, noticeOf({ connections, isLoading: true, isComplete: false })],
  ];
  for (const [kind, notice] of cases) assert.equal(notice?.kind, kind);
});

Deno.test("noticeFor() names the server that does not answer, and what to do", () => {
  const notice = noticeOf({ trouble: "unexpected_answer" });
  assert.deepEqual([notice?.sentence, notice?.nextStep], [
    { key: "server_unexpected_answer", values: ["relatch.example.com"] },
    { key: "server_unexpected_answer_next" },
  ]);
});

Deno.test("nameOf() calls a connection by its name, an agency so, and else by its id", () => {
  assert.deepEqual(nameOf(connectedStatus()), { verbatim: "Bright Smile Dental" });
  assert.deepEqual(nameOf(connectedStatus({ locationName: null })), { verbatim: LOCATION_ID });
  assert.deepEqual(nameOf(connectedStatus(AGENCY)), { key: "agency" });
});

Deno.test("detailViewFor() offers the one next step that can be taken from here, and nothing else", () => {
  const actions = CONNECTION_STATES.map((state) => {
    const { primary, secondary } = detail({ state });
    return [state, primary?.action, secondary.length];
  });
  assert.deepEqual(actions, [
    ["connected", undefined, 0],
    ["degraded", "refresh", 0],
    ["paused", "refresh", 0],
    ["reconnect_required", "connect", 0],
    ["not_connected", "connect", 0],
  ]);
});

Deno.test("detailViewFor() speaks of an agency's own install as such, and not of one of its locations", () => {
  const problem = (code: string) => ({ code, since: "2023-11-14T00:00:00Z", retryAt: null });
  const cases: [Partial<ConnectionStatus>, string, string][] = [
    [{}, "connected_agency", "connected_next"],
    [{ missingScopes: ["a.read"] }, "scopes_missing", "scopes_missing_next"],
    [
      { state: "reconnect_required", problem: problem("refresh_token_rejected") },
      "reconnect_refresh_token_rejected",
      "reconnect_required_next",
    ],
    [
      { state: "reconnect_required", problem: problem("install_revoked") },
      "reconnect_required",
      "reconnect_required_next",
    ],
  ];
  for (const [changes, sentence, nextStep] of cases) {
    const view = detail({ ...AGENCY, ...changes });
    assert.deepEqual([view.sentence, view.nextStep], [{ key: sentence }, { key: nextStep }]);
  }
});

Deno.test("detailViewFor() tells how the order to renew stands", () => {
  const status = connectedStatus({ state: "degraded" });
  const running = detailViewFor({ status, refresh: { kind: "running" } }, NOW);
  assert.deepEqual(running.nextStep, { key: "asking_highlevel" });
  const failed = detailViewFor({ status, refresh: { kind: "unreachable" } }, NOW);
  assert.deepEqual(failed.nextStep, { key: "order_unreachable" });
});
