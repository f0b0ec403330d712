/** The rotation of one process: what on-demand callers ask, the loop beside it, and the order in which they stop. */
import { setTimeout as delay } from "node:timers/promises";
import type { LogFields } from "../log.ts";
import { type CallGate, createCallGate, type GateTrouble } from "./call_gate.ts";
import { createDatabaseSteadiness } from "./database_steadiness.ts";
import { createRotator, type StoppableRotator } from "./rotator.ts";
import type { RotationDependencies } from "./rotation_dependencies.ts";
import { createScheduler, type Scheduler } from "./scheduler.ts";
import { createTokenStore } from "./store_tokens.ts";

export type RotationOptions = Omit<
  RotationDependencies,
  "gate" | "stopping" | "inHand" | "isSteady" | "storeTokens"
>;

export interface Rotation {
  readonly rotator: StoppableRotator;
  readonly gate: CallGate;
  readonly scheduler: Scheduler;
  /** Begins to keep connections alive by itself. */
  start(): void;
  /**
   * Claims nothing more and waits for what is under way, 15 seconds at most: a call is 7 seconds at the longest, and an
   * answer that cannot be stored is left in the recovery journal.
   */
  stop(): Promise<void>;
}

const STOP_MILLISECONDS = 15_000;

export function createRotation(options: RotationOptions): Rotation {
  const { clock, random, logger } = options;
  const stopping = new AbortController();
  const gate = createCallGate({
    clock,
    random,
    onChange: (trouble, change) => logger[change === "began" ? "error" : "warn"](...lineFor(trouble, change)),
  });
  const steadiness = createDatabaseSteadiness(clock);
  const deps = {
    ...options,
    gate,
    steadiness,
    isSteady: () => steadiness.isSteady(),
    storeTokens: createTokenStore(options.database),
    inHand: new Set<string>(),
    stopping: stopping.signal,
  };
  const rotator = createRotator(deps);
  const scheduler = createScheduler(deps);
  let running: Promise<void> = Promise.resolve();

  return {
    rotator,
    gate,
    scheduler,
    start() {
      running = scheduler.run();
    },
    async stop() {
      stopping.abort();
      const timer = new AbortController();
      const ended = running.then(() => Promise.all([scheduler.idle(), rotator.idle()]));
      const late = delay(STOP_MILLISECONDS, "late", { signal: timer.signal }).catch(() => "in time");
      if (await Promise.race([ended, late]) === "late") logger.error("rotation_not_ended");
      timer.abort();
    },
  };
}

function lineFor(trouble: GateTrouble, change: "began" | "passed"): [event: string, fields: LogFields] {
  if (change === "passed") return [`${trouble}_no_more`, {}];
  switch (trouble) {
    case "client_rejected":
      return [trouble, {
        detail:
          "HighLevel refuses HIGHLEVEL_CLIENT_ID and HIGHLEVEL_CLIENT_SECRET, or the only install was removed: " +
          "nothing is renewed until it accepts them",
      }];
    case "tokens_rejected":
      return [trouble, {
        detail:
          "HighLevel refuses the refresh tokens of everybody: one call at a time finds out when it stops",
      }];
    case "highlevel_unavailable":
      return [trouble, { detail: "One call at a time finds out when HighLevel is back" }];
  }
}
