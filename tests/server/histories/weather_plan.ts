/**
 * What many histories of one run have in common: how HighLevel behaves where nobody knows it for certain, how its
 * webhooks travel, how time passes, and what becomes of Relatch's two processes meanwhile. Data only.
 */
import fc from "fast-check";
import type { RotationStep } from "../../../server/rotation/steps.ts";
import type { WebhookDisorder } from "../../simulator/webhook_orders.ts";
import type { Switches } from "../../simulator/switches.ts";
import { MOST_ACTS } from "./history_plan.ts";

/** Which processes look for work. */
export type Looking = "none" | "first" | "second" | "both";
/** Work that is left in the middle at this point, the `nth` that comes there. */
export type Crash =
  | { readonly part: "upkeep"; readonly step: "claimed" | "applied" | "ended"; readonly nth: number }
  | { readonly part: "rotation"; readonly step: RotationStep; readonly nth: number };

export interface Round {
  /** How many acts each history has in it. */
  readonly acts: number;
  /** Whether acts, deliveries and work come one after the other or all at once. */
  readonly order: "acts_first" | "work_first" | "at_once";
  readonly pumps: boolean;
  /** The time has come for every token at once. */
  readonly due: boolean;
  readonly upkeep: Looking;
  readonly rotation: Looking;
  /** Rotations that begin in this round wait at this point until the acts are over. */
  readonly held: "claimed" | "answered" | "storing" | null;
  /** HighLevel is asked about everything at first, and its answers come when the acts are over. */
  readonly slow: boolean;
  readonly crash: Crash | null;
  /** The second process is another one from now on: what it knew is gone. */
  readonly restart: boolean;
  /** How long it is until the next round, and whether Relatch is there in that time. */
  readonly seconds: number;
  readonly watched: boolean;
}

export interface WeatherPlan {
  readonly switches: Partial<Switches>;
  readonly disorder: WebhookDisorder;
  readonly rounds: readonly Round[];
  /** Whether every token is presented as soon as there is peace, or when its time has come. */
  readonly end: "hastened" | "natural";
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const switches: fc.Arbitrary<Partial<Switches>> = fc.record({
  accessTokensAfterRotation: fc.constantFrom("live", "dead"),
  accessTokensAfterUninstall: fc.constantFrom("live", "dead"),
  agencyInstallWebhooks: fc.constantFrom("by_target", "per_location", "company", "both"),
  codeLifetimeSeconds: fc.constantFrom(600, DAY),
  codesAfterUninstall: fc.constantFrom("dead", "live"),
  companyUninstall: fc.constantFrom("ends_direct_installs", "keeps_direct_installs"),
  companyUninstallWebhooks: fc.constantFrom("company", "locations", "both"),
  directInstallsInCompany: fc.constantFrom("listed", "hidden"),
  installWebhook: fc.constantFrom("before_exchange", "after_exchange", "never"),
  installWebhookDelaySeconds: fc.constantFrom(0, 5, 90),
  installWebhookIds: fc.constantFrom("as_documented", "as_documented", "present", "present", "missing"),
  installedLocationsCount: fc.constantFrom("company", "matching"),
  installedLocationsMax: fc.constantFrom(1, 2, 3, 3),
  invalidGrantForm: fc.constantFrom("documented", "older"),
  locationCreateWebhooks: fc.constantFrom("agency_apps", "every_app"),
  mintedRefreshToken: fc.constantFrom("present", "missing"),
  mintedStatus: fc.constantFrom(201, 200),
  notInstalledStatus: fc.constantFrom(400, 403, 404),
  removedLocationWebhook: fc.constantFrom("uninstall", "none"),
  repeatedUninstall: fc.constantFrom("refused", "succeeds"),
  replayOutsideWindow: fc.constantFrom("refused", "revokes_family"),
  secondInstall: fc.constantFrom("keeps_older", "ends_older"),
  uninstallReason: fc.constantFrom("optional", "required"),
  uninstallWebhookAfterDelete: fc.constantFrom("sent", "none"),
  uninstalledRefresh: fc.constantFrom("invalid_client", "invalid_grant"),
});

const disorder: fc.Arbitrary<WebhookDisorder> = fc.record({
  loss: fc.constantFrom(0, 0.1, 0.4),
  duplication: fc.constantFrom(0, 0.2),
  delay: fc.constantFrom(0, 0.3, 0.8),
  maxDelayMs: fc.constantFrom(20_000, 10 * MINUTE * 1000, DAY * 1000),
});

const looking = fc.constantFrom<Looking>("none", "first", "second", "both");
const crash: fc.Arbitrary<Crash> = fc.oneof(
  fc.record({
    part: fc.constant("upkeep"),
    step: fc.constantFrom("claimed", "applied", "ended"),
    nth: fc.nat({ max: 1 }),
  }),
  fc.record({
    part: fc.constant("rotation"),
    step: fc.constantFrom<RotationStep>("claimed", "answered", "storing", "stored", "failure_recorded"),
    nth: fc.nat({ max: 1 }),
  }),
);

const seconds = fc.oneof(
  { weight: 12, arbitrary: fc.nat({ max: 5 }) },
  { weight: 4, arbitrary: fc.integer({ min: 6, max: 2 * MINUTE }) },
  { weight: 3, arbitrary: fc.integer({ min: 2 * MINUTE, max: HOUR }) },
  { weight: 2, arbitrary: fc.integer({ min: HOUR, max: 20 * HOUR }) },
  { weight: 1, arbitrary: fc.integer({ min: 20 * HOUR, max: 3 * DAY }) },
);

const round: fc.Arbitrary<Round> = fc.record({
  acts: fc.integer({ min: 1, max: 3 }),
  order: fc.constantFrom("acts_first", "work_first", "at_once"),
  pumps: fc.constantFrom(true, true, true, false),
  due: fc.constantFrom(true, false),
  upkeep: looking,
  rotation: looking,
  held: fc.constantFrom(null, null, null, "claimed", "answered", "storing"),
  slow: fc.constantFrom(false, false, true),
  crash: fc.option(crash, { freq: 2 }),
  restart: fc.constantFrom(false, false, false, true),
  seconds,
  watched: fc.boolean(),
});

export const weatherPlan: fc.Arbitrary<WeatherPlan> = fc.noBias(fc.record({
  switches,
  disorder,
  rounds: fc.array(round, { minLength: MOST_ACTS, maxLength: MOST_ACTS }),
  end: fc.constantFrom("hastened", "hastened", "hastened", "hastened", "natural"),
}));
