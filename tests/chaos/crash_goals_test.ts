import assert from "node:assert/strict";
import { ROTATION_STEPS } from "../../server/rotation/steps.ts";
import { crashGoals } from "./crash_goals.ts";

function namesOf(options: Parameters<typeof crashGoals>[0]): string[] {
  return crashGoals(options).map(({ name }) => name);
}

Deno.test("crashGoals() wants every step of a rotation, and of the upkeep as many as a run has kills for", () => {
  assert.deepEqual(namesOf({ agencies: 0, kills: 100 }), [...ROTATION_STEPS]);
  assert.deepEqual(namesOf({ agencies: 2, kills: 15 }), [
    ...ROTATION_STEPS,
    "any work claimed",
    "any work applied",
    "any work ended",
  ]);
  const long = namesOf({ agencies: 2, kills: 100 });
  for (const work of ["webhook", "removal", "listing", "location_check", "install_check", "mint"]) {
    assert.ok(long.includes(`${work} claimed`) && long.includes(`${work} ended`), work);
  }
  assert.ok(long.includes("webhook applied") && !long.includes("mint applied"));
});
