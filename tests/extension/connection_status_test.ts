import { ConnectionStatus, Timestamp } from "#shared/connection_status.ts";
import assert from "node:assert/strict";
import * as v from "valibot";
import { connectedStatus } from "./fake_browser.ts";

Deno.test("Timestamp takes ISO 8601 in UTC with a day that exists, and nothing else", () => {
  const cases: [string, boolean][] = [
    ["2024-02-29T00:00:00Z", true],
    ["2024-01-01T00:00:00.123Z", true],
    ["2024-01-01T00:00:00.123456789Z", true],
    ["2024-01-01T00:00:00+05", false],
    ["2024-01-01T00:00:00+0530", false],
    ["2024-01-01T00:00:00+00:00", false],
    ["2024-01-01T00:00:00", false],
    ["2024-01-01 00:00:00Z", false],
    ["2024-01-01T00:00Z", false],
    ["2024-01-01", false],
    ["2024-02-30T00:00:00Z", false],
    ["2024-13-01T00:00:00Z", false],
    ["2024-01-01T25:00:00Z", false],
    ["", false],
  ];
  for (const [text, isTaken] of cases) assert.equal(v.is(Timestamp, text), isTaken, text);
});

Deno.test("ConnectionStatus takes no text that is larger than any that Relatch sends", () => {
  assert.ok(v.is(ConnectionStatus, connectedStatus({ locationName: "N".repeat(1000) })));
  const cases = [
    { locationName: "N".repeat(1001) },
    { connectionId: "1".repeat(201) },
    { scopes: ["s".repeat(201)] },
    { missingScopes: Array.from({ length: 501 }, () => "a.read") },
  ];
  for (const changes of cases) assert.ok(!v.is(ConnectionStatus, connectedStatus(changes)));
});
