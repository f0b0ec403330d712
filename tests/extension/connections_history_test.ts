import { historyEntriesFor } from "../../extension/src/connections/history_entries.ts";
import { meaningOf, reasonOf } from "../../extension/src/connections/history_event.ts";
import { withNewest, withOlder } from "../../extension/src/connections/merged_history.ts";
import { LONGEST_MS, timelineFor } from "../../extension/src/connections/timeline.ts";
import { CONNECTION_EVENTS, type HistoryEvent } from "#shared/connection_events.ts";
import { CONNECTION_PROBLEM_CODES, type ConnectionStatus } from "#shared/connection_status.ts";
import assert from "node:assert/strict";
import { connectedStatus, NOW } from "./fake_browser.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** `hours` before now. */
function event(hours: number, name: string, cause = "schedule"): HistoryEvent {
  return { at: new Date(NOW - hours * HOUR_MS).toISOString(), event: name, cause };
}

function timeline(events: HistoryEvent[], changes: Partial<ConnectionStatus> = {}) {
  const result = timelineFor(events, { status: connectedStatus(changes), now: NOW });
  if (result === null) throw new Error("There is no timeline");
  const ago = (time: number): number => (NOW - time) / HOUR_MS;
  return {
    range: [ago(result.from), ago(result.to)],
    bands: result.bands.map(({ category, from, to }) => [category, ago(from), ago(to)]),
    marks: result.marks.map(({ kind, from, to, count }) => [kind, ago(from), ago(to), count]),
  };
}

Deno.test("meaningOf() has words for every event, and none for those of a newer server", () => {
  const labels = CONNECTION_EVENTS.map((name) => meaningOf(event(0, name))?.label);
  assert.equal(new Set(labels).size, CONNECTION_EVENTS.length);
  assert.ok(!labels.includes(undefined));
  for (const name of ["of_a_newer_server", "constructor", ""]) assert.equal(meaningOf(event(0, name)), null);
});

Deno.test("reasonOf() tells problems from what only the server understands", () => {
  for (const code of CONNECTION_PROBLEM_CODES.filter((code) => code !== "removal_pending")) {
    assert.equal(reasonOf(event(0, "degraded", code)), `reason_${code}`);
  }
  for (const cause of ["schedule", "removal_pending", "of_a_newer_server"]) {
    assert.equal(reasonOf(event(0, "degraded", cause)), null);
  }
});

Deno.test("historyEntriesFor() makes one entry of renewals in a row, until something else happens", () => {
  const entries = historyEntriesFor([
    event(1, "renewed"),
    event(2, "renewed"),
    event(3, "renewed"),
    event(4, "recovered"),
    event(5, "degraded", "rate_limited"),
    event(6, "degraded", "highlevel_unavailable"),
    event(7, "renewed"),
    event(8, "of_a_newer_server"),
  ]);
  assert.deepEqual(entries.map(({ text, reason, count }) => [text, reason, count]), [
    [{ key: "event_renewed" }, null, 3],
    [{ key: "event_recovered" }, null, 1],
    [{ key: "state_degraded" }, "reason_rate_limited", 1],
    [{ key: "state_degraded" }, "reason_highlevel_unavailable", 1],
    [{ key: "event_renewed" }, null, 1],
    [{ verbatim: "of_a_newer_server" }, null, 1],
  ]);
  assert.deepEqual([entries[0]?.from, entries[0]?.to], [NOW - 3 * HOUR_MS, NOW - HOUR_MS]);
});

Deno.test("timelineFor() draws a band for each time in one state, and marks what renewed or restored it", () => {
  const { range, bands, marks } = timeline([
    event(10, "reauthorized"),
    event(20, "reconnect_required"),
    event(30, "recovered"),
    event(40, "degraded", "rate_limited"),
    event(41, "degraded", "highlevel_unavailable"),
    event(60, "renewed"),
    event(90, "renewed"),
    event(100, "connected"),
  ]);
  assert.deepEqual(range, [100, 0]);
  assert.deepEqual(bands, [
    ["connected", 100, 41],
    ["degraded", 41, 30],
    ["connected", 30, 20],
    ["reconnect_required", 20, 10],
    ["connected", 10, 0],
  ]);
  assert.deepEqual(marks, [
    ["renewed", 90, 90, 1],
    ["renewed", 60, 60, 1],
    ["recovered", 30, 30, 1],
    ["reauthorized", 10, 10, 1],
  ]);
});

Deno.test("timelineFor() makes one mark of renewals that could not be told apart", () => {
  const close = Array.from({ length: 5 }, (_, index) => event(1 + index * 0.5, "renewed"));
  const { marks } = timeline([...close, event(50, "renewed"), event(100, "connected")]);
  assert.deepEqual(marks, [["renewed", 50, 50, 1], ["renewed", 3, 1, 5]]);
});

Deno.test("timelineFor() goes back thirty days at most, and knows the state in which they began", () => {
  const days = LONGEST_MS / HOUR_MS;
  const { range, bands, marks } = timeline([
    event(10, "recovered"),
    event(days + 50, "paused"),
    event(days + 100, "renewed"),
    event(days + 200, "connected"),
  ]);
  assert.deepEqual(range, [days, 0]);
  assert.deepEqual(bands, [["paused", days, 10], ["connected", 10, 0]]);
  assert.deepEqual(marks, [["recovered", 10, 10, 1]]);
});

Deno.test("timelineFor() ends in the state that the status tells, which events of its agency have brought about", () => {
  const problem = {
    code: "install_revoked",
    since: new Date(NOW - 2 * HOUR_MS).toISOString(),
    retryAt: null,
  };
  const covered = [event(10, "covered")];
  assert.deepEqual(timeline(covered, { state: "reconnect_required", problem }).bands, [
    ["connected", 10, 2],
    ["reconnect_required", 2, 0],
  ]);
  const both = [event(4, "uncovered"), event(10, "connected")];
  assert.deepEqual(timeline(both).bands, [["connected", 10, 0]], "it has an install of its own");
});

Deno.test("timelineFor() has a picture of what was connected just now, and of a clock that is ahead", () => {
  const [ahead, young] = [timeline([event(-1, "connected")]), timeline([event(0, "connected")])];
  assert.deepEqual([ahead.range, young.range], [[0, -1], [1, 0]]);
  assert.deepEqual([ahead.bands, young.bands], [[], []]);
});

Deno.test("timelineFor() draws nothing of events that it does not know", () => {
  const about = { status: connectedStatus(), now: NOW };
  assert.equal(timelineFor([event(1, "of_a_newer_server")], about), null);
  assert.equal(timelineFor([], about), null);
});

Deno.test("timelineFor() leaves no renewal of the last thirty days out, however many there are", () => {
  const events = Array.from({ length: 10_000 }, (_, index) => event(index, "renewed"));
  assert.equal(
    timeline(events).marks.reduce((sum, mark) => sum + Number(mark[3]), 0),
    LONGEST_MS / DAY_MS * 24 + 1,
  );
});

Deno.test("withNewest() adds what has happened since, and begins anew when it cannot know what lies between", () => {
  const [first, second, third] = [event(3, "connected"), event(2, "degraded"), event(1, "recovered")];
  const known = { events: [second, first], nextCursor: null };
  const page = { events: [third, second], nextCursor: "more" };
  assert.deepEqual(withNewest(null, page), page);
  assert.deepEqual(withNewest(known, page), { events: [third, second, first], nextCursor: null });
  assert.deepEqual(withNewest(known, { ...page, events: [second] }), known);
  const gap = { events: [third], nextCursor: "more" };
  assert.deepEqual(withNewest(known, gap), gap);
});

Deno.test("withOlder() goes on where the known history ends", () => {
  const [first, second] = [event(3, "connected"), event(2, "degraded")];
  const known = { events: [second], nextCursor: "more" };
  const page = { events: [first], nextCursor: null };
  assert.deepEqual(withOlder(known, page), { events: [second, first], nextCursor: null });
});
