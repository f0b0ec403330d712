/**
 * Decides how many refreshes may start at this moment. When HighLevel refuses the app's credentials, or does not answer
 * at all, presenting more tokens helps nobody and puts each of them at risk: then one call at a time finds out whether
 * that has passed. Per process, in memory: a process learns it with its first call, and with its own credentials.
 */
import type { RotationClock } from "./rotation_clock.ts";

/** `one`: a probe. `canary`: with a connection that is well, because what is asked is not about the connection. */
export type Allowance =
  | { readonly calls: "any" }
  | { readonly calls: "one"; readonly canary: boolean }
  | { readonly calls: "none"; readonly seconds: number };

/** One call that was let through. The first outcome that it is settled with counts. */
export interface Pass {
  readonly number: number;
  readonly isProbe: boolean;
}

/**
 * - `accepted`: HighLevel rotated, so it accepts the credentials. `claimedAt`: by the database's clock
 * - `answered`: HighLevel said something definite about the connection or the request
 * - `client_rejected`: it refused the credentials. `alone`: it is known to refuse this install while it accepts others
 * - `unavailable`: no usable answer
 * - `not_called`: nothing was sent
 */
export type CallOutcome =
  | { readonly kind: "accepted"; readonly claimedAt: Date; readonly pauseSeconds: number | null }
  | { readonly kind: "client_rejected"; readonly connectionId: string; readonly alone: boolean }
  | { readonly kind: "unavailable"; readonly connectionId: string }
  | { readonly kind: "answered"; readonly pauseSeconds: number | null }
  | { readonly kind: "not_called" };

export type GateChange =
  | "client_rejected"
  | "client_accepted"
  | "highlevel_unavailable"
  | "highlevel_available";

export interface CallGate {
  allowance(): Allowance;
  /** Takes what {@linkcode allowance} offers; call it in the same turn. */
  begin(): Pass;
  settle(pass: Pass, outcome: CallOutcome): void;
  /** There was nothing to probe with: a single refusal is all the evidence that there can be. */
  nothingToProbe(): void;
  /** Why the gate is shut, as far as it is certain; `null` when it is open. */
  shutFor(): "client_rejected" | "highlevel_unavailable" | null;
  /** When the last rotation was claimed that HighLevel accepted, by the database's clock. */
  acceptedAt(): Date | null;
}

export interface GateOptions {
  readonly clock: RotationClock;
  readonly random: () => number;
  /** Told once for every change that an operator should know of. */
  readonly onChange: (change: GateChange) => void;
}

/** One install may have been removed; a second one that is refused as well speaks against the credentials. */
const REFUSED_INSTALLS = 2;
/** A single answer gets lost at times; this many connections in a row are an outage. */
const UNANSWERED_CONNECTIONS = 3;
const FIRST_PROBE_SECONDS = 1;
const LONGEST_PROBE_SECONDS = 30;
/** HighLevel's limits are counted by location: one that is over its day must not keep the others waiting for long. */
const LONGEST_PAUSE_SECONDS = 10;
/** While a probe is under way, it is asked again about as often. */
const PROBING_SECONDS = 1;

interface Trouble {
  readonly connections: Set<string>;
  /** Calls that began before cannot show that it has passed. */
  since: number;
  isCertain: boolean;
  probes: number;
  nextProbeAt: number;
}

export function createCallGate({ clock, random, onChange }: GateOptions): CallGate {
  let passes = 0;
  let probe: Pass | undefined;
  const underWay = new Set<Pass>();
  let pausedUntil = 0;
  let refused: Trouble | undefined;
  let unanswered: Trouble | undefined;
  let acceptedAt: Date | null = null;

  function begun(): Trouble {
    return {
      connections: new Set(),
      since: passes,
      isCertain: false,
      probes: 0,
      nextProbeAt: clock.monotonic(),
    };
  }

  function scheduleProbe(trouble: Trouble): void {
    const bound = Math.min(LONGEST_PROBE_SECONDS, FIRST_PROBE_SECONDS * 2 ** Math.min(trouble.probes, 10));
    trouble.probes += 1;
    trouble.nextProbeAt = clock.monotonic() + (0.5 + random() / 2) * bound * 1000;
  }

  function becomeCertain(trouble: Trouble, change: GateChange): void {
    if (trouble.isCertain) return;
    trouble.isCertain = true;
    onChange(change);
  }

  function highLevelAnswered(): void {
    if (unanswered?.isCertain) onChange("highlevel_available");
    unanswered = undefined;
  }

  function pause(seconds: number | null): void {
    if (seconds === null) return;
    const milliseconds = Math.min(seconds, LONGEST_PAUSE_SECONDS) * 1000;
    pausedUntil = Math.max(pausedUntil, clock.monotonic() + milliseconds);
  }

  return {
    allowance() {
      const now = clock.monotonic();
      if (now < pausedUntil) return { calls: "none", seconds: (pausedUntil - now) / 1000 };
      // A single unanswered connection shuts nothing, a single refused one does.
      const trouble = refused ?? (unanswered?.isCertain ? unanswered : undefined);
      if (trouble === undefined) return { calls: "any" };
      if (probe !== undefined) return { calls: "none", seconds: PROBING_SECONDS };
      if (now < trouble.nextProbeAt) return { calls: "none", seconds: (trouble.nextProbeAt - now) / 1000 };
      return { calls: "one", canary: trouble === refused };
    },
    begin() {
      passes += 1;
      const isProbe = refused !== undefined || unanswered?.isCertain === true;
      const pass = { number: passes, isProbe };
      if (isProbe) probe = pass;
      underWay.add(pass);
      return pass;
    },
    settle(pass, outcome) {
      if (!underWay.delete(pass)) return;
      if (probe === pass) probe = undefined;
      switch (outcome.kind) {
        case "accepted":
          highLevelAnswered();
          pause(outcome.pauseSeconds);
          if (acceptedAt === null || outcome.claimedAt > acceptedAt) acceptedAt = outcome.claimedAt;
          if (refused === undefined || pass.number <= refused.since) return;
          if (refused.isCertain) onChange("client_accepted");
          refused = undefined;
          return;
        case "answered":
          highLevelAnswered();
          return pause(outcome.pauseSeconds);
        case "client_rejected":
          highLevelAnswered();
          if (outcome.alone && refused === undefined) return;
          refused ??= begun();
          refused.connections.add(outcome.connectionId);
          refused.since = passes;
          if (pass.isProbe) scheduleProbe(refused);
          if (refused.connections.size >= REFUSED_INSTALLS) becomeCertain(refused, "client_rejected");
          return;
        case "unavailable":
          // Whether the credentials are accepted remains open.
          if (refused !== undefined && pass.isProbe) scheduleProbe(refused);
          unanswered ??= begun();
          unanswered.connections.add(outcome.connectionId);
          if (pass.isProbe) scheduleProbe(unanswered);
          if (unanswered.connections.size >= UNANSWERED_CONNECTIONS) {
            becomeCertain(unanswered, "highlevel_unavailable");
          }
          return;
        case "not_called":
          return;
      }
    },
    nothingToProbe() {
      if (refused === undefined) return;
      becomeCertain(refused, "client_rejected");
      scheduleProbe(refused);
    },
    shutFor() {
      if (refused?.isCertain) return "client_rejected";
      return unanswered?.isCertain ? "highlevel_unavailable" : null;
    },
    acceptedAt: () => acceptedAt,
  };
}
