/** What passes between the simulator's process and those that use it. */
import * as v from "valibot";

/** How many locations there are; each can be installed once. */
export const SimulatorOrder = v.object({ locations: v.number() });

/** The answer to a code, which is a session of the official SDK as well: what it has beside these fields is kept. */
export const BenchInstall = v.looseObject({
  access_token: v.string(),
  refresh_token: v.string(),
  expires_in: v.number(),
  scope: v.string(),
  locationId: v.string(),
  companyId: v.string(),
  userId: v.string(),
});
export type BenchInstall = v.InferOutput<typeof BenchInstall>;

/** Counts of the ledger since the simulator started. `sameAgain`: presented again inside the window. */
export const LedgerCounts = v.object({
  calls: v.number(),
  rotated: v.number(),
  sameAgain: v.number(),
  outsideWindow: v.number(),
  lost: v.number(),
});
export type LedgerCounts = v.InferOutput<typeof LedgerCounts>;
