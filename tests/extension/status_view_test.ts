import { statusViewFor } from "../../extension/src/popup/status_view.ts";
import {
  CONNECTION_PROBLEM_CODES,
  CONNECTION_STATES,
  type ConnectionState,
  type ConnectionStatus,
} from "#shared/connection_status.ts";
import assert from "node:assert/strict";
import { connectedStatus, LOCATION_ID, NOW } from "./fake_browser.ts";

const HOUR_MS = 3_600_000;
const hours = (count: number): string => new Date(NOW + count * HOUR_MS).toISOString();

function view(changes: Partial<ConnectionStatus>) {
  return statusViewFor({ locationId: LOCATION_ID, status: connectedStatus(changes), checkedAt: NOW }, NOW);
}

function problem(code: string, retryAt: string | null = hours(1)): ConnectionStatus["problem"] {
  return { code, since: hours(-1), retryAt };
}

function wordsOf(
  state: ConnectionState,
  code: string | null,
  changes: Partial<ConnectionStatus> = {},
): unknown[] {
  const { sentence, nextStep } = view({ state, problem: code === null ? null : problem(code), ...changes });
  return [sentence, nextStep].map((text) => text !== null && "key" in text ? text.key : text);
}

Deno.test("statusViewFor() says of a degraded connection first whether it works", () => {
  const cases: [string, Partial<ConnectionStatus>][] = [
    ["degraded_works", { accessTokenExpiresAt: hours(5) }],
    ["degraded_ended", { accessTokenExpiresAt: hours(-5) }],
    ["degraded_ended", { accessTokenExpiresAt: hours(0) }],
    ["degraded", { accessTokenExpiresAt: null }],
    ["degraded", { accessTokenExpiresAt: hours(5), problem: problem("token_unreadable") }],
    ["degraded_ended", { accessTokenExpiresAt: hours(-5), problem: problem("token_unreadable") }],
  ];
  for (const [sentence, changes] of cases) {
    assert.equal(wordsOf("degraded", "highlevel_unavailable", changes)[0], sentence, JSON.stringify(changes));
  }
});

Deno.test("statusViewFor() has words for every problem in the state it belongs to", () => {
  const cases: [ConnectionState, string, string, string][] = [
    ["degraded", "highlevel_unavailable", "degraded", "degraded_highlevel_unavailable_next"],
    ["degraded", "rate_limited", "degraded", "degraded_rate_limited_next"],
    ["degraded", "request_rejected", "degraded", "degraded_request_rejected_next"],
    ["degraded", "client_rejected", "degraded", "degraded_client_rejected_next"],
    ["degraded", "token_unreadable", "degraded", "degraded_token_unreadable_next"],
    ["paused", "location_inactive", "paused_location_inactive", "paused_location_inactive_next"],
    [
      "reconnect_required",
      "refresh_token_rejected",
      "reconnect_refresh_token_rejected",
      "reconnect_required_next",
    ],
    ["reconnect_required", "install_revoked", "reconnect_install_revoked", "reconnect_required_next"],
    ["reconnect_required", "scope_missing", "reconnect_scope_missing", "reconnect_scope_missing_next"],
    ["degraded", "removal_pending", "removal_pending", "removal_pending_next"],
  ];
  for (const [state, code, ...words] of cases) assert.deepEqual(wordsOf(state, code), words, code);
  assert.deepEqual(cases.map(([, code]) => code), [...CONNECTION_PROBLEM_CODES]);
});

Deno.test("statusViewFor() says of an agency's install whose connection it is, and who has to connect it again", () => {
  const cases: [ConnectionState, string | null, string, string][] = [
    ["connected", null, "connected_by_company", "connected_next"],
    ["degraded", "highlevel_unavailable", "degraded", "degraded_highlevel_unavailable_next"],
    ["degraded", "removal_pending", "removal_pending", "removal_pending_next"],
    ["paused", "location_inactive", "paused_location_inactive", "paused_location_inactive_next"],
    [
      "reconnect_required",
      "refresh_token_rejected",
      "reconnect_by_company_token_rejected",
      "reconnect_by_company_next",
    ],
    ["reconnect_required", "install_revoked", "reconnect_by_company_revoked", "reconnect_by_company_next"],
    ["reconnect_required", "scope_missing", "reconnect_scope_missing", "reconnect_scope_missing_next"],
    ["reconnect_required", "of_a_newer_server", "reconnect_by_company", "reconnect_by_company_next"],
    ["reconnect_required", null, "reconnect_by_company", "reconnect_by_company_next"],
  ];
  for (const [state, code, ...words] of cases) {
    assert.deepEqual(wordsOf(state, code, { kind: "company" }), words, `${state} ${code}`);
  }
});

Deno.test("statusViewFor() says something sensible of a problem that this version does not know", () => {
  for (const code of ["of_a_newer_server", "constructor", "", null]) {
    assert.deepEqual(wordsOf("degraded", code), ["degraded", "degraded_next"]);
    assert.deepEqual(wordsOf("paused", code), ["paused", "paused_next"]);
    assert.deepEqual(wordsOf("reconnect_required", code), ["reconnect_required", "reconnect_required_next"]);
  }
});

Deno.test("statusViewFor() promises no other try when the server plans none", () => {
  for (const code of ["highlevel_unavailable", "rate_limited"]) {
    assert.equal(wordsOf("degraded", code, { problem: problem(code, null) })[1], "degraded_next");
  }
});

Deno.test("statusViewFor() offers the one next step in every state, and to disconnect what is connected", () => {
  const cases: Record<ConnectionState, [string | undefined, string[]]> = {
    connected: [undefined, ["connect", "disconnect"]],
    degraded: ["refresh", ["disconnect"]],
    paused: ["refresh", ["disconnect"]],
    reconnect_required: ["connect", ["disconnect"]],
    not_connected: ["connect", []],
  };
  for (const state of CONNECTION_STATES) {
    const { primary, secondary } = view({ state });
    assert.deepEqual([primary?.action, secondary.map(({ action }) => action)], cases[state], state);
  }
});

Deno.test("statusViewFor() offers no order about a connection without an id", () => {
  const cases: Record<ConnectionState, string[]> = {
    connected: ["connect"],
    degraded: [],
    paused: [],
    reconnect_required: ["connect"],
    not_connected: ["connect"],
  };
  for (const state of CONNECTION_STATES) {
    const { primary, secondary } = view({ state, connectionId: null });
    const actions = [...(primary === null ? [] : [primary]), ...secondary].map(({ action }) => action);
    assert.deepEqual(actions, cases[state], state);
  }
});

Deno.test("statusViewFor() puts no button first while the next step is somebody else's", () => {
  const cases: [ConnectionState, string, string[]][] = [
    ["reconnect_required", "scope_missing", ["connect", "disconnect"]],
    ["degraded", "removal_pending", ["connect"]],
  ];
  for (const [state, code, actions] of cases) {
    const { primary, secondary } = view({ state, problem: problem(code) });
    assert.deepEqual([primary, secondary.map(({ action }) => action)], [null, actions], code);
  }
});

Deno.test("statusViewFor() shows the times that explain a state, and no more than three", () => {
  const times = {
    lastRefreshedAt: hours(-20),
    nextRefreshAt: hours(2),
    accessTokenExpiresAt: hours(4),
    problem: problem("client_rejected"),
  };
  const [since, nextTry] = [["fact_problem_since", -1], ["fact_next_try", 1]];
  const lastRefreshed = ["fact_last_refreshed", -20];
  const cases: [Partial<ConnectionStatus>, unknown[]][] = [
    [{ state: "connected", problem: null }, [lastRefreshed, ["fact_next_refresh", 2]]],
    [{ state: "degraded" }, [since, nextTry, ["fact_runs_out", 4]]],
    [{ state: "degraded", accessTokenExpiresAt: hours(-2) }, [since, nextTry, ["fact_ran_out", -2]]],
    [{ state: "degraded", problem: problem("token_unreadable") }, [since, nextTry]],
    [{ state: "degraded", problem: problem("removal_pending") }, [["event_removal_requested", -1], nextTry]],
    [{ state: "paused" }, [since, lastRefreshed, nextTry]],
    [{ state: "reconnect_required", problem: problem("install_revoked", null) }, [since, lastRefreshed]],
    [{ state: "not_connected" }, []],
  ];
  for (const [changes, expected] of cases) {
    const facts = view({ ...times, ...changes }).facts.map(({ label, at }) => [label, (at - NOW) / HOUR_MS]);
    assert.deepEqual(facts, expected, JSON.stringify(changes));
  }
});

Deno.test("statusViewFor() calls due what was planned for a moment that has passed", () => {
  const connected = view({ nextRefreshAt: hours(-3) });
  assert.deepEqual(connected.facts, [{ label: "fact_next_refresh", at: NOW }]);
  const degraded = view({ state: "degraded", problem: problem("rate_limited", hours(-3)) });
  assert.deepEqual(degraded.facts.at(-1), { label: "fact_next_try", at: NOW });
});

Deno.test("statusViewFor() leaves out a time that is none", () => {
  assert.deepEqual(view({ lastRefreshedAt: "2024-01-01T00:00:00+05", nextRefreshAt: "soon" }).facts, []);
});

Deno.test("statusViewFor() says last since when a location is connected, and leaves room for what is missing", () => {
  const times = { lastRefreshedAt: hours(-20), nextRefreshAt: hours(2) };
  const cases: [Partial<ConnectionStatus>, unknown[]][] = [
    [{}, ["fact_last_refreshed", "fact_next_refresh", "fact_connected"]],
    [{ missingScopes: ["a.read"] }, ["fact_next_refresh", "fact_connected"]],
  ];
  for (const [changes, labels] of cases) {
    const status = connectedStatus({ ...times, ...changes });
    const known = { locationId: LOCATION_ID, status, checkedAt: NOW, connectedAt: NOW - HOUR_MS };
    const { facts } = statusViewFor(known, NOW);
    assert.deepEqual(facts.map(({ label }) => label), labels);
    assert.equal(facts.at(-1)?.at, NOW - HOUR_MS);
  }
});

Deno.test("statusViewFor() tells whose install it is, and what it may do, in every state that has one", () => {
  const lists = { scopes: ["a.read", "b.read"], missingScopes: ["c.read"] };
  for (const state of CONNECTION_STATES) {
    const { install, scopes } = view({ state, ...lists });
    assert.deepEqual([install, scopes], ["install_own", {
      granted: ["a.read", "b.read"],
      missing: ["c.read"],
    }]);
    assert.equal(view({ state, kind: "company" }).install, "install_agency");
  }
  const { install, scopes } = view({ state: "not_connected", kind: null, connectionId: null });
  assert.deepEqual([install, scopes], [null, null]);
});
