import assert from "node:assert/strict";
import type { ConnectionState } from "#shared/connection_status.ts";
import { type ConnectionView, type InstallView, statusFor } from "../../../server/connections/status_for.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const SINCE = new Date("2026-03-01T10:00:00Z");
const NEXT = new Date("2026-03-02T06:00:00Z");
const RETRY = new Date("2026-03-01T11:00:00Z");
const REMOVED = new Date("2026-03-01T12:00:00Z");
const REMOVAL_DUE = new Date("2026-03-01T12:01:00Z");

const WELL: InstallView = {
  scopes: ["contacts.readonly", "oauth.write"],
  accessTokenExpiresAt: new Date("2026-03-02T09:00:00Z"),
  lastRefreshedAt: new Date("2026-03-01T09:00:00Z"),
  nextRefreshAt: NEXT,
  problemCode: null,
  problemSince: null,
  removalRequestedAt: null,
  removalDueAt: null,
};

function troubled(problemCode: string): InstallView {
  return { ...WELL, problemCode, problemSince: SINCE };
}

const BEING_REMOVED: InstallView = {
  ...troubled("refresh_token_rejected"),
  removalRequestedAt: REMOVED,
  removalDueAt: REMOVAL_DUE,
};

const LOCATION: ConnectionView = {
  id: "0f0e4f7e-6c8a-4b60-9a9e-d4a9fd3e2f01",
  kind: "location",
  locationId: "ve9EPM428h8vShlRW1KT",
  locationName: "Harbor Dental Studio",
  companyId: "Kx4vQ9tZpW2mB7nLdR1s",
  own: null,
  agency: null,
};
const COMPANY: ConnectionView = { ...LOCATION, kind: "company", locationId: null, locationName: null };

Deno.test("statusFor() tells of an install that is well, and names no problem", () => {
  assert.deepEqual(statusFor({ ...LOCATION, own: WELL }, ["contacts.readonly"]), {
    state: "connected",
    kind: "location",
    connectionId: LOCATION.id,
    locationId: "ve9EPM428h8vShlRW1KT",
    locationName: "Harbor Dental Studio",
    companyId: "Kx4vQ9tZpW2mB7nLdR1s",
    scopes: ["contacts.readonly", "oauth.write"],
    missingScopes: [],
    accessTokenExpiresAt: "2026-03-02T09:00:00.000Z",
    lastRefreshedAt: "2026-03-01T09:00:00.000Z",
    nextRefreshAt: "2026-03-02T06:00:00.000Z",
    problem: null,
  });
});

Deno.test("statusFor() has a state for every problem code, and promises no renewal where a person has to act", () => {
  const expected: [string, ConnectionState, Date | null][] = [
    ["highlevel_unavailable", "degraded", NEXT],
    ["rate_limited", "degraded", NEXT],
    ["request_rejected", "degraded", NEXT],
    ["client_rejected", "degraded", NEXT],
    ["token_unreadable", "degraded", NEXT],
    ["a_code_of_a_newer_version", "degraded", NEXT],
    ["location_inactive", "paused", NEXT],
    ["refresh_token_rejected", "reconnect_required", null],
    ["install_revoked", "reconnect_required", null],
    ["scope_missing", "reconnect_required", null],
  ];
  for (const [code, state, next] of expected) {
    const status = statusFor({ ...LOCATION, own: troubled(code) }, []);
    const time = next?.toISOString() ?? null;
    assert.equal(status.state, state, code);
    assert.deepEqual(status.problem, { code, since: SINCE.toISOString(), retryAt: time });
    assert.equal(status.nextRefreshAt, time, code);
  }
});

Deno.test("statusFor() tells when a location's token is tried again, not when its agency's is", () => {
  const agency = { ...troubled("location_inactive"), retryAt: RETRY };
  const { problem, nextRefreshAt } = statusFor({ ...LOCATION, agency }, []);
  assert.equal(problem?.retryAt, RETRY.toISOString());
  assert.equal(nextRefreshAt, NEXT.toISOString());
});

Deno.test("statusFor() says that an install is being removed, whatever else is wrong with it", () => {
  const { state, problem } = statusFor({ ...LOCATION, own: BEING_REMOVED }, []);
  assert.equal(state, "degraded");
  assert.deepEqual(problem, {
    code: "removal_pending",
    since: REMOVED.toISOString(),
    retryAt: REMOVAL_DUE.toISOString(),
  });
});

const STATES: Readonly<Record<string, InstallView | null>> = {
  none: null,
  connected: WELL,
  degraded: troubled("highlevel_unavailable"),
  paused: troubled("location_inactive"),
  reconnect_required: troubled("refresh_token_rejected"),
};

Deno.test("statusFor() tells of the better of two installs, and of the location's own when both are as good", () => {
  const better: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    none: {
      connected: "connected company",
      degraded: "degraded company",
      paused: "paused company",
      reconnect_required: "reconnect_required company",
    },
    connected: {
      none: "connected location",
      connected: "connected location",
      degraded: "connected location",
      paused: "connected location",
      reconnect_required: "connected location",
    },
    degraded: {
      none: "degraded location",
      connected: "connected company",
      degraded: "degraded location",
      paused: "degraded location",
      reconnect_required: "degraded location",
    },
    paused: {
      none: "paused location",
      connected: "connected company",
      degraded: "degraded company",
      paused: "paused location",
      reconnect_required: "paused location",
    },
    reconnect_required: {
      none: "reconnect_required location",
      connected: "connected company",
      degraded: "degraded company",
      paused: "paused company",
      reconnect_required: "reconnect_required location",
    },
  };
  for (const [own, row] of Object.entries(better)) {
    for (const [agency, expected] of Object.entries(row)) {
      const view = { ...LOCATION, own: STATES[own] ?? null, agency: STATES[agency] ?? null };
      const { state, kind } = statusFor(view, []);
      assert.equal(`${state} ${kind}`, expected, `own ${own}, agency ${agency}`);
    }
  }
});

Deno.test("statusFor() tells of the other install while one is being removed", () => {
  const { state, kind } = statusFor({ ...LOCATION, own: BEING_REMOVED, agency: WELL }, []);
  assert.deepEqual([state, kind], ["connected", "company"]);
});

Deno.test("statusFor() names what the install that it tells of was not granted, in the order of the settings", () => {
  const required = ["oauth.readonly", "contacts.readonly", "contacts.write"];
  const agency = { ...WELL, scopes: ["contacts.readonly", "contacts.write", "users.readonly"] };
  const cases: [ConnectionView, string[]][] = [
    [{ ...LOCATION, own: WELL }, ["oauth.readonly", "contacts.write"]],
    [{ ...COMPANY, own: WELL }, ["oauth.readonly", "contacts.write"]],
    [{ ...LOCATION, agency }, ["oauth.readonly"]],
    [{ ...LOCATION, own: troubled("location_inactive"), agency }, ["oauth.readonly"]],
    [{ ...LOCATION, own: { ...WELL, scopes: [] } }, required],
  ];
  for (const [view, missing] of cases) assert.deepEqual(statusFor(view, required).missingScopes, missing);
});

Deno.test("statusFor() tells of an agency's own connection without a location", () => {
  const { kind, locationId, companyId } = statusFor({ ...COMPANY, own: WELL }, []);
  assert.deepEqual([kind, locationId, companyId], ["company", null, "Kx4vQ9tZpW2mB7nLdR1s"]);
});

Deno.test("statusFor() throws for a connection without any install, which nobody should ask about", () => {
  assert.throws(() => statusFor(LOCATION, []), /without an install/);
});

Deno.test("statusFor() tells of the install that lacks fewer scopes when both are as well, and of the one that is better off before", () => {
  const required = ["contacts.readonly", "contacts.write", "oauth.write"];
  const few = { ...WELL, scopes: ["oauth.write"] };
  const some = { ...WELL, scopes: ["contacts.readonly", "oauth.write", "a.scope", "another.scope"] };
  const whole = { ...WELL, scopes: required };
  const cases: [own: InstallView, agency: InstallView, kind: string, missing: number][] = [
    [few, whole, "company", 0],
    [few, some, "company", 1],
    [some, few, "location", 1],
    [some, some, "location", 1],
    [whole, few, "location", 0],
    [few, { ...whole, ...troubled("highlevel_unavailable"), scopes: required }, "location", 2],
    [{ ...troubled("location_inactive"), scopes: required }, few, "company", 2],
    [
      { ...troubled("location_inactive"), scopes: [] },
      {
        ...troubled("location_inactive"),
        scopes: required,
      },
      "company",
      0,
    ],
  ];
  for (const [own, agency, kind, missing] of cases) {
    const status = statusFor({ ...LOCATION, own, agency }, required);
    assert.deepEqual([status.kind, status.missingScopes.length], [kind, missing]);
  }
});
