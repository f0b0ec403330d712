/** The random histories as tests: in files that run at the same time, each with a share of them and a seed of its own. */
import assert from "node:assert/strict";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { runHistories } from "./run_histories.ts";

const HISTORIES = Number(Deno.env.get("HISTORIES") ?? 2000);
/** The same plans each time, in whatever order their steps come to run; another seed makes others. */
const SEED = Number(Deno.env.get("HISTORIES_SEED") ?? 20261124);
const SHARES = 2;

/** Call it in a file of its own; `share` is 0 or 1. */
export function testHistories(share: 0 | 1): void {
  const postgres = testPostgresForFile();
  const histories = Math.ceil(HISTORIES / SHARES);
  const seed = SEED + share;

  Deno.test(`${histories} random histories end as HighLevel says that the app is installed (seed ${seed})`, async () => {
    const began = performance.now();
    const outcome = await runHistories(postgres, { histories, seed });
    const { acts, webhooks, crashes, exceptions, unrepeated } = outcome;
    // deno-lint-ignore no-console
    console.log([
      `Seed                ${seed}`,
      `Histories           ${outcome.histories}, in ${Math.round((performance.now() - began) / 1000)} s`,
      `Acts                ${acts}`,
      `Webhooks            ${webhooks}`,
      `Crashes             ${crashes}`,
      `Exceptions          ${exceptions.text()}`,
      `Went wrong once     ${unrepeated.length}`,
      ...unrepeated,
    ].join("\n"));
    assert.equal(outcome.failures.length, 0, outcome.failures.slice(0, 4).join("\n\n"));
  });
}
