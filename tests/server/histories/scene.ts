/** The agencies and locations of one history, and what its people hold. */
import type { Location } from "../../simulator/settings.ts";
import type { Simulator } from "../../simulator/simulator.ts";
import type { AgencyConsent, HistoryPlan, Target } from "./history_plan.ts";

/** A code that HighLevel issued and nobody has brought to the callback. */
export interface OpenCode {
  readonly code: string;
  readonly resourceId: string;
}

export interface Scene {
  readonly number: number;
  readonly plan: HistoryPlan;
  /** Which act of the plan comes next. */
  next: number;
  readonly companyIds: readonly string[];
  /** All that there ever were, in the order of their coming. */
  readonly locationIds: string[];
  readonly codes: OpenCode[];
  /** Session tokens, the oldest first. */
  readonly sessions: string[];
  /** Token families that Relatch itself ended, as a person wished. */
  readonly endedFamilies: Set<string>;
  /** What happened so far, a line each. */
  readonly lines: string[];
  /** What Relatch did in answer to an act and never may, a sentence each. */
  readonly breaches: string[];
}

/** What belongs to a history is told by its ids: HighLevel's have 20 letters and digits. */
export function createScene(simulator: Simulator, plan: HistoryPlan, number: number): Scene {
  const companyIds = plan.agencies.map((_, index) => idOf(number, `Agency${index}`));
  const scene: Scene = {
    number,
    plan,
    next: 0,
    companyIds,
    locationIds: [],
    codes: [],
    sessions: [],
    endedFamilies: new Set(),
    lines: [],
    breaches: [],
  };
  for (const [index, id] of companyIds.entries()) {
    simulator.settings.companies.push({ id, name: `Agency ${index} of history ${number}`, active: true });
    orderDelivery(simulator, scene, id);
    for (let count = 0; count < (plan.agencies[index] ?? 0); count++) addLocation(simulator, scene, id);
  }
  return scene;
}

/** One more location of the history; apps of agencies that want so come to it. */
export function addLocation(simulator: Simulator, scene: Scene, companyId: string): string {
  const id = idOf(scene.number, `Location${scene.locationIds.length}`);
  scene.locationIds.push(id);
  orderDelivery(simulator, scene, id);
  simulator.addLocation({ id, companyId, name: `Location ${scene.locationIds.length}` });
  return id;
}

/** To the next agency of the history. The app does not go with it. */
export function moveLocation(simulator: Simulator, scene: Scene, locationId: string): string {
  const location = locationsOf(simulator, scene).find(({ id }) => id === locationId);
  const [companyId] = scene.companyIds.filter((id) => id !== location?.companyId);
  if (location === undefined || companyId === undefined) return `${locationId} stays where it is`;
  simulator.uninstall({ locationId });
  location.companyId = companyId;
  return `${locationId} belongs to ${companyId}`;
}

/** The locations that there are now, of all the history's agencies or of one. */
export function locationsOf({ settings }: Simulator, scene: Scene, companyId?: string): Location[] {
  return settings.locations.filter(({ id, companyId: owner }) =>
    scene.locationIds.includes(id) && (companyId === undefined || owner === companyId)
  );
}

export function companyOf({ companyIds }: Scene, nth: number): string {
  return companyIds[nth % companyIds.length] ?? "";
}

/** `undefined` for a location when there is none any more. */
export function resourceOf(simulator: Simulator, scene: Scene, { kind, nth }: Target): string | undefined {
  if (kind === "agency") return companyOf(scene, nth);
  const locations = locationsOf(simulator, scene);
  return locations[nth % Math.max(1, locations.length)]?.id;
}

/** `undefined` when the agency has no locations any more. */
export function consentOf(
  simulator: Simulator,
  scene: Scene,
  { nth, ticks, future }: AgencyConsent,
): { companyId: string; locationIds: string[]; installToFutureLocations: boolean } | undefined {
  const companyId = companyOf(scene, nth);
  const locationIds = locationsOf(simulator, scene, companyId).map(({ id }) => id);
  const ticked = locationIds.filter((_, index) => (ticks >> index & 1) === 1);
  if (locationIds.length === 0) return undefined;
  return {
    companyId,
    locationIds: ticked.length === 0 ? locationIds : ticked,
    installToFutureLocations: future,
  };
}

function orderDelivery({ webhooks }: Simulator, { plan }: Scene, resourceId: string): void {
  const { orders } = webhooks;
  const times = 10_000;
  if (plan.delivery === "all_lost") orders.next({ kind: "lose", resourceId, times });
  if (plan.delivery === "undisturbed") orders.next({ kind: "delay", delayMs: 0, resourceId, times });
}

function idOf(number: number, name: string): string {
  return `h${number}${name}`.padEnd(20, "x");
}
