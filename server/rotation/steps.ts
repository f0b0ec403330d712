/** The points between which a rotation can be cut: by a crash, or by something else that happens to the same row. */

/**
 * - `claiming`: nothing was done yet
 * - `claimed`: the lease and the start are committed, nothing was sent
 * - `answered`: HighLevel has answered, nothing of it is stored
 * - `storing`: the answer is about to be committed
 * - `journaled`: the database did not take the answer at once, and the recovery journal has it on disk
 * - `stored`: committed, or found to be superseded
 * - `failure_recorded`: there was no new token, and the row says why
 */
export const ROTATION_STEPS = [
  "claiming",
  "claimed",
  "answered",
  "storing",
  "journaled",
  "stored",
  "failure_recorded",
] as const;
export type RotationStep = typeof ROTATION_STEPS[number];

/** Told at each step, and waited for: tests force orders and crashes here. `connectionId` is `null` for a batch. */
export type ReachStep = (step: RotationStep, connectionId: string | null) => Promise<void> | void;
