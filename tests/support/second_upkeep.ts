/** The upkeep of one more process, on the database and the HighLevel of a test's Relatch. */
import { createLogger } from "../../server/log.ts";
import { systemClock } from "../../server/rotation/rotation_clock.ts";
import { createUpkeep, type Upkeep, type UpkeepOptions } from "../../server/upkeep/start_upkeep.ts";
import { createSecondProcess } from "./rotation_stage.ts";
import type { TestRelatch } from "./test_relatch.ts";

/** Its worker looks only when a test calls it. */
export function createSecondUpkeep(
  relatch: TestRelatch,
  options: Partial<Pick<UpkeepOptions, "clock" | "fetch" | "reach">> = {},
): Upkeep & AsyncDisposable {
  const rotation = createSecondProcess(relatch);
  const upkeep = createUpkeep({
    app: relatch.config.highlevel,
    keys: relatch.keys,
    database: relatch.database,
    fetch: async (input, init) => await relatch.simulator.app.fetch(new Request(input, init)),
    logger: createLogger({ level: "error", write: () => {} }),
    rotator: rotation.rotator,
    clock: systemClock,
    random: Math.random,
    ...options,
  });
  return {
    ...upkeep,
    async [Symbol.asyncDispose]() {
      await Promise.all([rotation.stop(), upkeep.stop()]);
    },
  };
}
