import {
  CATEGORIES,
  categoryOf,
  countCategories,
  type Filter,
  filterConnections,
  sortConnections,
} from "../../extension/src/connections/listed_connections.ts";
import { pageOf, ROWS_A_PAGE } from "../../extension/src/connections/list_page.ts";
import { CONNECTION_STATES, type ConnectionStatus } from "#shared/connection_status.ts";
import assert from "node:assert/strict";
import { connectedStatus } from "./fake_browser.ts";

const removal = {
  state: "degraded",
  problem: { code: "removal_pending", since: "2026-01-01T00:00:00Z", retryAt: null },
} as const;

function named(locationName: string | null, changes: Partial<ConnectionStatus> = {}): ConnectionStatus {
  return connectedStatus({ locationName, locationId: "otherLocation0000001", ...changes });
}

function namesOf(connections: readonly ConnectionStatus[]): (string | null)[] {
  return connections.map(({ locationName, locationId }) => locationName ?? locationId);
}

Deno.test("categoryOf() is the state, but for a connection that is being removed", () => {
  for (const state of CONNECTION_STATES) assert.equal(categoryOf(connectedStatus({ state })), state);
  assert.equal(categoryOf(connectedStatus(removal)), "disconnecting");
  assert.deepEqual([...CATEGORIES].sort(), [...CONNECTION_STATES, "disconnecting"].sort());
});

Deno.test("countCategories() counts what occurs, and nothing else", () => {
  const counts = countCategories([named("a"), named("b"), connectedStatus(removal)]);
  assert.deepEqual([...counts], [["connected", 2], ["disconnecting", 1]]);
});

Deno.test("sortConnections() puts those first that need a person, then goes by name as the language does", () => {
  const connections = [
    named("zebra"),
    named("Öl"),
    named("Studio 10"),
    named("Studio 9"),
    named(null, { locationId: "aaaaaaaaaaaaaaaaaaaa" }),
    named("apple", { state: "degraded" }),
    named("Weeds", { state: "reconnect_required" }),
    named("Lacking", { missingScopes: ["contacts.write"] }),
  ];
  const names = (language: string) => namesOf(sortConnections(connections, language));
  const [first, last] = [["Lacking", "Weeds"], "aaaaaaaaaaaaaaaaaaaa"];
  assert.deepEqual(names("en"), [...first, "apple", "Öl", "Studio 9", "Studio 10", "zebra", last]);
  assert.deepEqual(names("sv"), [...first, "apple", "Studio 9", "Studio 10", "zebra", "Öl", last]);
});

Deno.test("filterConnections() finds names and ids, whatever their accents, case and form of writing", () => {
  const connections = [
    named("Café São João"),
    named("STRAẞE & Söhne"),
    named("Ｆｕｌｌ width"),
    named("日本橋クリニック"),
    named("Ids", { locationId: "ve9EPM428h8vShlRW1KT", companyId: "Kx4vQ9tZ", connectionId: "01900000-77" }),
    named("का की"),
  ];
  const cases: [string, string[]][] = [
    ["cafe sao", ["Café São João"]],
    ["joão CAFÉ", ["Café São João"]],
    ["cafe\u0301", ["Café São João"]],
    ["strasse", ["STRAẞE & Söhne"]],
    ["full", ["Ｆｕｌｌ width"]],
    ["クリニック", ["日本橋クリニック"]],
    ["ve9epm", ["Ids"]],
    ["kx4vq9tz", ["Ids"]],
    ["01900000-77", ["Ids"]],
    ["की", ["का की"]],
    ["cafe strasse", []],
    [".*", []],
    ["  ", namesOf(connections).map(String)],
  ];
  for (const [query, names] of cases) {
    const found = filterConnections(connections, { query, category: null, language: "en" });
    assert.deepEqual(namesOf(found), names, query);
  }
});

Deno.test("filterConnections() keeps what is in the wanted category and matches", () => {
  const connections = [
    named("Harbor"),
    named("Harbor Nord", { state: "paused" }),
    named("Harbor West", removal),
    named("Yoga", { state: "paused" }),
  ];
  const found = (filter: Partial<Filter>) =>
    namesOf(filterConnections(connections, { query: "", category: null, language: "en", ...filter }));
  assert.deepEqual(found({ category: "paused" }), ["Harbor Nord", "Yoga"]);
  assert.deepEqual(found({ category: "paused", query: "harbor" }), ["Harbor Nord"]);
  assert.deepEqual(found({ category: "disconnecting" }), ["Harbor West"]);
  assert.deepEqual(found({ category: "degraded" }), []);
});

Deno.test("pageOf() cuts a list into pages, and never shows an empty one of a list that has become shorter", () => {
  const list = (length: number) => Array.from({ length }, (_, index) => index);
  const cases: [number, number, [number, number, number, number, number]][] = [
    [0, 0, [0, 1, 0, 0, 0]],
    [0, 7, [0, 1, 0, 0, 0]],
    [1, 0, [0, 1, 1, 1, 1]],
    [50, 0, [0, 1, 1, 50, 50]],
    [51, 1, [1, 2, 51, 51, 1]],
    [120, 1, [1, 3, 51, 100, 50]],
    [120, 9, [2, 3, 101, 120, 20]],
    [120, -1, [0, 3, 1, 50, 50]],
  ];
  for (const [length, wanted, expected] of cases) {
    const { rows, page, pages, first, last } = pageOf(list(length), wanted);
    assert.deepEqual([page, pages, first, last, rows.length], expected, `${length} ${wanted}`);
    assert.equal(rows[0], rows.length === 0 ? undefined : page * ROWS_A_PAGE);
  }
});
