/** One random history: what happens, act by act, to a few agencies and locations that nobody else has. Data only. */
import fc from "fast-check";

/** When a code that HighLevel issued comes to the callback. */
export type Exchange = "now" | "later" | "never";
/** One of a history's locations or agencies, counted over those that there are when the act comes. */
export interface Target {
  readonly kind: "location" | "agency";
  readonly nth: number;
}
/** The agency `nth`, and which of its locations are ticked: a bit for each. */
export interface AgencyConsent {
  readonly nth: number;
  readonly ticks: number;
  readonly future: boolean;
}

const FAULTS = [
  "lost_answer",
  "timeout",
  "rate_limited",
  "bad_gateway_html",
  "damaged_json",
  "server_error_json",
] as const;
const ORDERS = ["lose", "duplicate", "delay", "reorder", "wrong", "missing"] as const;
const EVENTS = ["INSTALL", "UNINSTALL", "UPDATE", "LocationUpdate"] as const;

export type Act =
  /** Somebody installs from HighLevel's marketplace. */
  | { readonly do: "install"; readonly nth: number; readonly exchange: Exchange }
  | { readonly do: "install_agency"; readonly consent: AgencyConsent; readonly exchange: Exchange }
  /** Somebody connects with the extension, and has a session from then on. */
  | { readonly do: "connect"; readonly nth: number }
  | { readonly do: "connect_agency"; readonly consent: AgencyConsent }
  /** A code that was left lying comes to the callback. */
  | { readonly do: "exchange_late"; readonly nth: number }
  /** Somebody removes the app at HighLevel. */
  | { readonly do: "uninstall"; readonly target: Target }
  /** Somebody with a session, the `nth` of the history's, disconnects. */
  | { readonly do: "disconnect"; readonly target: Target; readonly nth: number }
  /** The same, while somebody connects a location, the same one or another. */
  | {
    readonly do: "disconnect_and_connect";
    readonly target: Target;
    readonly nth: number;
    readonly connected: number;
  }
  | { readonly do: "add_location"; readonly nth: number }
  /** Another of the history's agencies takes it over, without the app. */
  | { readonly do: "move_location"; readonly nth: number }
  | { readonly do: "remove_location"; readonly nth: number }
  | { readonly do: "rename"; readonly nth: number }
  | { readonly do: "set_active"; readonly target: Target; readonly active: boolean }
  | { readonly do: "update_version"; readonly target: Target }
  | { readonly do: "ask_token"; readonly target: Target; readonly minTtlSeconds: number }
  | { readonly do: "refresh"; readonly target: Target }
  /** Calls to come about the target go wrong. */
  | {
    readonly do: "fault";
    readonly target: Target;
    readonly route: "token" | "api";
    readonly fault: typeof FAULTS[number];
    readonly times: number;
  }
  /** The next webhook about the target is not delivered as it should be. */
  | {
    readonly do: "disorder";
    readonly target: Target;
    readonly order: typeof ORDERS[number];
    readonly event: typeof EVENTS[number];
  }
  /** Somebody who cannot sign says that the app was removed. */
  | { readonly do: "forge_uninstall"; readonly target: Target }
  /** HighLevel's portal sends an earlier webhook again. */
  | { readonly do: "resend"; readonly nth: number };

/** How webhooks about a history fare: as the weather is, never, or as HighLevel means them to. */
export type Delivery = "by_weather" | "all_lost" | "undisturbed";

export interface HistoryPlan {
  /** How many locations each of its agencies has at first. */
  readonly agencies: readonly number[];
  readonly delivery: Delivery;
  /** One a round; `null`: nothing happens in this history. */
  readonly acts: readonly (Act | null)[];
}

export const MOST_ACTS = 25;
const LEAST_ACTS = 5;
/** One act in so many is none; a history that fails shrinks to those. */
const SELDOM = 30;

const nth = fc.nat({ max: 7 });
const exchange = fc.constantFrom<Exchange>("now", "now", "now", "later", "never");
const consent = fc.record({
  nth: fc.nat({ max: 1 }),
  ticks: fc.integer({ min: 1, max: 255 }),
  future: fc.boolean(),
});
const target = fc.record({ kind: fc.constantFrom("location", "location", "agency"), nth });

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant("install"), nth, exchange }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("install_agency"), consent, exchange }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("connect"), nth }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("connect_agency"), consent }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("exchange_late"), nth }) },
  { weight: 9, arbitrary: fc.record({ do: fc.constant("uninstall"), target }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("disconnect"), target, nth }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("disconnect_and_connect"), target, nth, connected: nth }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("add_location"), nth }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("move_location"), nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("remove_location"), nth }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("rename"), nth }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("set_active"), target, active: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("update_version"), target }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("ask_token"),
      target,
      minTtlSeconds: fc.constantFrom(60, 60, 3600, 43_200),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("refresh"), target }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("fault"),
      target,
      route: fc.constantFrom("token", "api"),
      fault: fc.constantFrom(...FAULTS),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("disorder"),
      target,
      order: fc.constantFrom(...ORDERS),
      event: fc.constantFrom(...EVENTS),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("forge_uninstall"), target }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("resend"), nth }) },
);

export const historyPlan: fc.Arbitrary<HistoryPlan> = fc.noBias(fc.record({
  agencies: fc.array(fc.integer({ min: 2, max: 4 }), { minLength: 1, maxLength: 2 }),
  delivery: fc.constantFrom<Delivery>("by_weather", "by_weather", "all_lost", "undisturbed"),
  acts: fc.array(fc.option(act, { freq: SELDOM }), { minLength: LEAST_ACTS, maxLength: MOST_ACTS }),
}));
