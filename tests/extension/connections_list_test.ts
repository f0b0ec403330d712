import { createConnectionList } from "../../extension/src/connections/connection_list.ts";
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
import { waitUntil } from "../support/wait_until.ts";
import { connectedStatus, NOW, SERVER, SESSION_TOKEN } from "./fake_browser.ts";

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

/** A list of two pages. The server answers once the test lets it, to each question at its own time. */
function openList() {
  const server = { connections: ["c", "d"].map((connectionId) => connectedStatus({ connectionId })) };
  const questions: { cursor: string | null; answer: (status?: number) => void }[] = [];
  const list = createConnectionList({
    fetch: (url) => {
      const { promise, resolve } = Promise.withResolvers<Response>();
      const cursor = new URL(url).searchParams.get("cursor");
      questions.push({
        cursor,
        answer(status = 200) {
          const rest = server.connections.filter(({ connectionId }) => (connectionId ?? "") > (cursor ?? ""));
          const nextCursor = rest.length > 1 ? rest[0]?.connectionId : null;
          resolve(Response.json({ connections: rest.slice(0, 1), nextCursor }, { status }));
        },
      });
      return promise;
    },
    now: () => NOW,
    session: { id: "s", server: SERVER, token: SESSION_TOKEN, expiresAt: "2027-01-01T00:00:00Z" },
    known: [],
    signal: new AbortController().signal,
    publish: () => {},
  });
  /** Waits for the next question, which has to have this cursor, and answers it. */
  async function answerNext(cursor: string | null, status?: number): Promise<void> {
    await waitUntil(() => questions.length > 0, "the server is asked");
    const question = questions.shift();
    assert.equal(question?.cursor, cursor);
    question.answer(status);
  }
  const states = () => list.state().connections.map(({ connectionId, state }) => `${connectionId} ${state}`);
  return { list, server, questions, answerNext, states };
}

Deno.test("load() during a load has the list asked for once more at its end, however often it was called", async () => {
  const { list, server, questions, answerNext, states } = openList();
  const loading = list.load();
  await answerNext(null);
  server.connections = [
    connectedStatus({ connectionId: "b" }),
    connectedStatus({ connectionId: "c", state: "paused" }),
  ];
  await Promise.all([list.load(), list.load()]);
  await answerNext("c");
  await answerNext(null);
  assert.deepEqual([list.state().isLoading, list.isDue()], [true, false]);
  await answerNext("b");
  await loading;
  assert.deepEqual(states(), ["c paused", "b connected"]);
  assert.deepEqual([list.state().isLoading, questions.length], [false, 0]);
});

Deno.test("load() during a load that fails leaves the server alone, and has not been forgotten when it comes back", async () => {
  const { list, server, questions, answerNext, states } = openList();
  const failing = list.load();
  await answerNext(null);
  server.connections = server.connections.map((status) => ({ ...status, state: "paused" }));
  await list.load();
  await answerNext("c", 503);
  await failing;
  assert.deepEqual([list.state().isLoading, list.state().trouble, questions.length], [
    false,
    "server_trouble",
    0,
  ]);
  const loading = list.load();
  await answerNext("c");
  await answerNext(null);
  await answerNext("c");
  await loading;
  assert.deepEqual([states(), questions.length], [["c paused", "d paused"], 0]);
});
