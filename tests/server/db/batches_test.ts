import assert from "node:assert/strict";
import { createBatches } from "../../../server/db/batches.ts";
import { DatabaseTimeout } from "../../../server/db/database_unavailable.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** Batches whose statements end when a test says so. */
function createStage(options: { largest?: number; atOnce?: number } = {}) {
  const statements: { items: readonly number[]; answer: (error?: Error) => void }[] = [];
  const ask = createBatches<number, number>({
    run: (items) =>
      new Promise((resolve, reject) => {
        const answer = (error?: Error) =>
          error === undefined ? resolve(items.map((n) => n * 10)) : reject(error);
        statements.push({ items, answer });
      }),
    largest: options.largest ?? 4,
    atOnce: options.atOnce ?? 1,
  });
  return { ask, statements };
}

/** Lets everything run that only waits for its turn. */
const turn = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("createBatches() asks what comes alone at once, and collects what comes meanwhile", async () => {
  const { ask, statements } = createStage();
  const first = ask(1);
  await turn();
  assert.deepEqual(statements.map(({ items }) => items), [[1]]);
  const others = [2, 3].map(ask);
  await turn();
  assert.equal(statements.length, 1);
  statements[0]?.answer();
  assert.equal(await first, 10);
  await turn();
  assert.deepEqual(statements[1]?.items, [2, 3]);
  statements[1]?.answer();
  assert.deepEqual(await Promise.all(others), [20, 30]);
});

Deno.test("createBatches() keeps to the largest batch and to the statements at once", async () => {
  const { ask, statements } = createStage({ largest: 2, atOnce: 2 });
  const asked = [1, 2, 3, 4, 5, 6].map(ask);
  await turn();
  assert.ok(statements.every(({ items }) => items.length <= 2));
  for (let index = 0; index < 3; index++) {
    await turn();
    statements[index]?.answer();
  }
  assert.deepEqual(await Promise.all(asked), [10, 20, 30, 40, 50, 60]);
});

Deno.test("createBatches() lets one bad item fail alone", async () => {
  const ask = createBatches<number, number>({
    run: (items) =>
      items.includes(2) ? Promise.reject(new Error("Bad item")) : Promise.resolve(items.map((n) => n * 10)),
    largest: 4,
    atOnce: 1,
  });
  const outcomes = await Promise.allSettled([1, 2, 3].map(ask));
  assert.deepEqual(outcomes.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  assert.equal(await ask(4), 40);
});

Deno.test("createBatches() fails all when the database is away, and works again afterwards", async () => {
  const { ask, statements } = createStage();
  const asked = [1, 2].map(ask);
  await turn();
  statements[0]?.answer(new DatabaseTimeout("The database did not answer"));
  for (const { status } of await Promise.allSettled(asked)) assert.equal(status, "rejected");
  assert.equal(statements.length, 1);
  const next = ask(3);
  await turn();
  statements[1]?.answer();
  assert.equal(await next, 30);
});
