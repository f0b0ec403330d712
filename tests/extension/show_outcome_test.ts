import { showOutcome } from "../../extension/src/background/show_outcome.ts";
import { ATTEMPT_CAUSES } from "../../extension/src/attempt.ts";
import assert from "node:assert/strict";
import { LOCATION_ID, NOW } from "./fake_browser.ts";

Deno.test("showOutcome() brings the popup back, but not to someone who closed the window or said no", async () => {
  const silent: string[] = [];
  for (const cause of ATTEMPT_CAUSES) {
    let opened = 0;
    const openPopup = (): Promise<void> => {
      opened += 1;
      return Promise.resolve();
    };
    await showOutcome(openPopup, { phase: "failed", locationId: LOCATION_ID, cause, endedAt: NOW });
    if (opened === 0) silent.push(cause);
    else assert.equal(opened, 1);
  }
  assert.deepEqual(silent.toSorted(), ["access_denied", "cancelled"]);
});

Deno.test("showOutcome() tries again when the browser's window is not in front yet, and gives up silently", async () => {
  let tries = 0;
  const openPopup = (): Promise<void> => {
    tries += 1;
    return Promise.reject(new Error("Could not find an active browser window."));
  };
  const connection = { kind: null, connectionId: null, locationId: LOCATION_ID, locationName: null };
  await showOutcome(openPopup, { phase: "connected", locationId: LOCATION_ID, connection, endedAt: NOW });
  assert.equal(tries, 3);
});
