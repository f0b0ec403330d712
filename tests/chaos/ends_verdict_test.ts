import assert from "node:assert/strict";
import { type HistoryEvent, judgeEnds } from "./ends_verdict.ts";
import type { InstallBook } from "./install_book.ts";

/** An install of "Location" in "Agency" that was allowed at `consentedAt`, and removals by resource. */
function bookOf(consentedAt: number, removals: Readonly<Record<string, number>>): InstallBook {
  return {
    installed: () => {},
    removed: () => {},
    consentBefore: () => consentedAt,
    isRemovedBetween: (ids, { from, until }) =>
      ids.some((id) => (removals[id] ?? -1) >= from && (removals[id] ?? -1) <= until),
  };
}

function eventAt(seconds: number, event: string): HistoryEvent {
  const at = new Date(seconds * 1000);
  return { resourceId: "Location", companyId: "Agency", event, cause: "uninstall_webhook", at };
}

const SECOND = 1000;

Deno.test("judgeEnds() accepts the end of an install that somebody removed since it was allowed", () => {
  for (const removed of ["Location", "Agency"]) {
    const book = bookOf(100 * SECOND, { [removed]: 150 * SECOND });
    assert.deepEqual(judgeEnds([eventAt(160, "disconnected")], book), []);
  }
});

Deno.test("judgeEnds() finds the end of an install that was removed only before it was allowed again", () => {
  const book = bookOf(200 * SECOND, { Location: 150 * SECOND });
  const [violation] = judgeEnds([eventAt(210, "disconnected")], book);
  assert.match(violation?.what ?? "", /"Location" was disconnected because of "uninstall_webhook"/);
});

Deno.test("judgeEnds() finds a location that is uncovered although nobody removed it since it was covered", () => {
  const events = [eventAt(200, "covered"), eventAt(300, "uncovered")];
  assert.equal(judgeEnds(events, bookOf(0, { Location: 100 * SECOND })).length, 1);
  assert.deepEqual(judgeEnds(events, bookOf(0, { Location: 250 * SECOND })), []);
  // The answer was on its way when the location was removed.
  assert.deepEqual(judgeEnds(events, bookOf(0, { Agency: 195 * SECOND })), []);
});

Deno.test("judgeEnds() finds an install that is renewed after its end", () => {
  const book = bookOf(100 * SECOND, { Location: 150 * SECOND });
  const events = [eventAt(160, "disconnected"), eventAt(161, "renewed")];
  assert.match(judgeEnds(events, book)[0]?.what ?? "", /was renewed .* although it had ended/);
  assert.deepEqual(
    judgeEnds([...events.slice(0, 1), eventAt(161, "connected"), eventAt(170, "renewed")], book),
    [],
  );
});
