import assert from "node:assert/strict";
import {
  createRecentCodes,
  MAX_REMEMBERED,
  type RecentCodes,
  REMEMBERED_MILLISECONDS,
} from "../../../server/http/recent_codes.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** Codes on a clock that a test moves; each `outcome` that is not "again" spends the code. */
function createCodes() {
  let time = 0;
  let calls = 0;
  const codes: RecentCodes<string> = createRecentCodes({
    isSpentBy: (outcome) => outcome !== "again",
    now: () => time,
  });
  return {
    use: (code: string, outcome = "installed") =>
      codes.use(code, () => {
        calls++;
        return outcome === "throw" ? Promise.reject(new Error("Cannot exchange")) : Promise.resolve(outcome);
      }),
    advance: (milliseconds: number) => void (time += milliseconds),
    calls: () => calls,
  };
}

Deno.test("use() exchanges a code once, and gives the outcome to all who come meanwhile", async () => {
  const { use, calls } = createCodes();
  assert.deepEqual(await Promise.all([use("a"), use("a"), use("b")]), [
    "installed",
    "installed",
    "installed",
  ]);
  assert.equal(calls(), 2);
  assert.equal(await use("a"), undefined);
  assert.equal(calls(), 2);
});

Deno.test("use() exchanges a code again that is not spent", async () => {
  const { use, calls } = createCodes();
  assert.equal(await use("a", "again"), "again");
  const [first, second] = await Promise.allSettled([use("a", "throw"), use("a")]);
  assert.deepEqual([first?.status, second?.status], ["rejected", "rejected"]);
  assert.equal(await use("a"), "installed");
  assert.equal(calls(), 3);
});

Deno.test("use() forgets a code after a while", async () => {
  const { use, advance, calls } = createCodes();
  await use("a");
  advance(REMEMBERED_MILLISECONDS - 1);
  assert.equal(await use("a"), undefined);
  advance(1);
  assert.equal(await use("a"), "installed");
  assert.equal(calls(), 2);
});

Deno.test("use() remembers so many codes, and forgets the oldest for a newer one", async () => {
  const { use } = createCodes();
  for (let index = 0; index <= MAX_REMEMBERED; index++) await use(`code ${index}`);
  assert.equal(await use("code 1"), undefined);
  assert.equal(await use("code 0"), "installed");
  assert.equal(await use("code 1"), "installed", "it was the oldest by then");
});
