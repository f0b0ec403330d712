import assert from "node:assert/strict";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { runHistories } from "./run_histories.ts";

const postgres = testPostgresForFile();
const HISTORIES = Number(Deno.env.get("HISTORIES") ?? 2000);
/** The same plans each time, in whatever order their steps come to run; another seed makes others. */
const SEED = Number(Deno.env.get("HISTORIES_SEED") ?? 20261124);

Deno.test(`${HISTORIES} random histories end as HighLevel says that the app is installed`, async () => {
  const began = performance.now();
  const outcome = await runHistories(postgres, { histories: HISTORIES, seed: SEED });
  const { histories, acts, webhooks, crashes, exceptions, unrepeated } = outcome;
  // deno-lint-ignore no-console
  console.log([
    `Seed                ${SEED}`,
    `Histories           ${histories}, in ${Math.round((performance.now() - began) / 1000)} s`,
    `Acts                ${acts}`,
    `Webhooks            ${webhooks}`,
    `Crashes             ${crashes}`,
    `Exceptions          ${exceptions.text()}`,
    `Went wrong once     ${unrepeated.length}`,
    ...unrepeated,
  ].join("\n"));
  assert.equal(outcome.failures.length, 0, outcome.failures.slice(0, 4).join("\n\n"));
});
