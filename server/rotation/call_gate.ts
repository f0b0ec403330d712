/**
 * Decides how many refreshes may start at this moment. When HighLevel refuses everybody, or does not answer at all,
 * presenting more tokens helps nobody and puts each of them at risk: then one call at a time finds out whether that has
 * passed. Per process, in memory: a process learns it with its first calls, and with its own credentials.
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
 * - `accepted`: HighLevel gave tokens, so it accepts the credentials. `claimedAt`: by the database's clock, if it was a
 *   rotation
 * - `refused`: it refused the app's credentials, or the refresh token
 * - `unavailable`: no usable answer
 * - `limited`: it wants fewer calls, for `pauseSeconds`
 * - `answered`: it said something about this connection or this request alone
 * - `not_called`: nothing was sent
 */
export type CallOutcome =
  | { readonly kind: "accepted"; readonly claimedAt: Date | null }
  | { readonly kind: "refused"; readonly what: "client" | "token"; readonly connectionId: string }
  | { readonly kind: "unavailable"; readonly connectionId: string }
  | { readonly kind: "limited"; readonly connectionId: string; readonly pauseSeconds: number | null }
  | { readonly kind: "answered" | "not_called" };

/**
 * - `client_rejected`: HighLevel refuses the app's credentials
 * - `tokens_rejected`: it refuses the refresh tokens of everybody, which cannot be their fault
 * - `highlevel_unavailable`: it does not answer
 */
export type GateTrouble = "client_rejected" | "tokens_rejected" | "highlevel_unavailable";

export interface CallGate {
  allowance(): Allowance;
  /** A call that {@linkcode allowance} lets through, or that must not wait. */
  begin(): Pass;
  /** The one call that finds out. No other is let through until it is settled. */
  beginProbe(): Pass;
  settle(pass: Pass, outcome: CallOutcome): void;
  /** There was nothing to probe with: what is known is all the evidence that there can be. */
  nothingToProbe(): void;
  /** There is no install any more that anything could be wrong with. */
  nothingLeft(): void;
  /** Why the gate is shut, as far as it is certain; `null` when it is open. */
  shutFor(): GateTrouble | null;
  /** When the last rotation was claimed that HighLevel accepted, by the database's clock. */
  acceptedAt(): Date | null;
}

export interface GateOptions {
  readonly clock: RotationClock;
  readonly random: () => number;
  /** Told once when a trouble is certain, and once when it has passed. */
  readonly onChange: (trouble: GateTrouble, change: "began" | "passed") => void;
}

/** How many connections in a row have to tell of a trouble until the gate shuts, and until it is certain. */
const EVIDENCE: Readonly<Record<GateTrouble, { readonly shuts: number; readonly isCertain: number }>> = {
  // One install may have been removed; a second one that is refused as well speaks against the credentials.
  client_rejected: { shuts: 1, isCertain: 2 },
  tokens_rejected: { shuts: 3, isCertain: 4 },
  // A single answer gets lost at times; this many connections in a row are an outage.
  highlevel_unavailable: { shuts: 3, isCertain: 3 },
};
const FIRST_PROBE_SECONDS = 1;
const LONGEST_PROBE_SECONDS = 30;
/** While a probe is under way, it is asked again about as often. */
const PROBING_SECONDS = 1;
/** HighLevel counts its limits by location: one alone must not keep the others waiting. */
const LIMITED_CONNECTIONS = 2;
const PAUSE_SECONDS = 10;

interface Evidence {
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
  const troubles = new Map<GateTrouble, Evidence>();
  const limited = new Set<string>();
  let pausedUntil = 0;
  let acceptedAt: Date | null = null;

  /** What shuts the gate: refusals first, because those are asked about with connections that are well. */
  function shutBy(): GateTrouble | undefined {
    const order: readonly GateTrouble[] = ["client_rejected", "tokens_rejected", "highlevel_unavailable"];
    return order.find((trouble) => (troubles.get(trouble)?.connections.size ?? 0) >= EVIDENCE[trouble].shuts);
  }

  function note(trouble: GateTrouble, connectionId: string, pass: Pass): void {
    const evidence = troubles.get(trouble) ??
      { connections: new Set(), since: 0, isCertain: false, probes: 0, nextProbeAt: clock.monotonic() };
    troubles.set(trouble, evidence);
    evidence.connections.add(connectionId);
    evidence.since = passes;
    if (evidence.connections.size >= EVIDENCE[trouble].isCertain) becomeCertain(trouble, evidence);
    if (pass.isProbe) scheduleProbe();
  }

  function becomeCertain(trouble: GateTrouble, evidence: Evidence): void {
    if (evidence.isCertain) return;
    evidence.isCertain = true;
    onChange(trouble, "began");
  }

  function pass(trouble: GateTrouble): void {
    if (troubles.get(trouble)?.isCertain) onChange(trouble, "passed");
    troubles.delete(trouble);
  }

  function scheduleProbe(): void {
    const trouble = shutBy();
    const evidence = trouble === undefined ? undefined : troubles.get(trouble);
    if (evidence === undefined) return;
    const bound = Math.min(LONGEST_PROBE_SECONDS, FIRST_PROBE_SECONDS * 2 ** Math.min(evidence.probes, 10));
    evidence.probes += 1;
    evidence.nextProbeAt = clock.monotonic() + (0.5 + random() / 2) * bound * 1000;
  }

  function begin(isProbe: boolean): Pass {
    passes += 1;
    const begun = { number: passes, isProbe };
    if (isProbe) probe = begun;
    underWay.add(begun);
    return begun;
  }

  return {
    allowance() {
      const now = clock.monotonic();
      if (now < pausedUntil) return { calls: "none", seconds: (pausedUntil - now) / 1000 };
      const trouble = shutBy();
      if (trouble === undefined) return { calls: "any" };
      if (probe !== undefined) return { calls: "none", seconds: PROBING_SECONDS };
      const { nextProbeAt } = troubles.get(trouble) ?? { nextProbeAt: now };
      if (now < nextProbeAt) return { calls: "none", seconds: (nextProbeAt - now) / 1000 };
      // Whoever does not answer may have used up what was presented: those that are well are kept out of it.
      return { calls: "one", canary: !troubles.get("highlevel_unavailable")?.isCertain };
    },
    begin: () => begin(false),
    beginProbe: () => begin(true),
    settle(settled, outcome) {
      if (!underWay.delete(settled)) return;
      if (probe === settled) probe = undefined;
      if (outcome.kind === "not_called") return;
      if (outcome.kind === "unavailable") {
        note("highlevel_unavailable", outcome.connectionId, settled);
        return;
      }
      pass("highlevel_unavailable");
      if (outcome.kind === "limited") {
        limited.add(outcome.connectionId);
        if (limited.size < LIMITED_CONNECTIONS) return;
        const seconds = Math.min(PAUSE_SECONDS, outcome.pauseSeconds ?? PAUSE_SECONDS);
        pausedUntil = Math.max(pausedUntil, clock.monotonic() + seconds * 1000);
        return;
      }
      limited.clear();
      switch (outcome.kind) {
        case "accepted":
          if (outcome.claimedAt !== null && (acceptedAt === null || outcome.claimedAt > acceptedAt)) {
            acceptedAt = outcome.claimedAt;
          }
          for (const [trouble, { since }] of troubles) if (settled.number > since) pass(trouble);
          return;
        case "refused":
          return note(
            outcome.what === "client" ? "client_rejected" : "tokens_rejected",
            outcome.connectionId,
            settled,
          );
        case "answered":
          return;
      }
    },
    nothingToProbe() {
      const trouble = shutBy();
      const evidence = trouble === undefined ? undefined : troubles.get(trouble);
      if (trouble === undefined || evidence === undefined) return;
      becomeCertain(trouble, evidence);
      scheduleProbe();
    },
    nothingLeft() {
      for (const trouble of troubles.keys()) pass(trouble);
    },
    shutFor: () => [...troubles].find(([, evidence]) => evidence.isCertain)?.[0] ?? null,
    acceptedAt: () => acceptedAt,
  };
}
