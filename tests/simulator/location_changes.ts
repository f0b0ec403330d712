/** Sub-accounts that come, change and go, with the webhooks that HighLevel sends about them. */
import { coverFutureLocation } from "./begin_install.ts";
import { uninstall } from "./end_install.ts";
import { findLocationInstall, installKey } from "./install_registry.ts";
import { randomResourceId } from "./random_ids.ts";
import { appsById, type Location } from "./settings.ts";
import type { SimulatorState } from "./simulator_state.ts";
import { locationEvent } from "./webhook_events.ts";

/** A sub-account to be. By default it belongs to the first agency, and is active. */
export interface NewLocation {
  id?: string | undefined;
  name?: string | undefined;
  address?: string | undefined;
  companyId?: string | undefined;
}

/** What can change about a location. `active` is false while its plan is paused or cancelled: no webhook tells. */
export interface LocationChange {
  name?: string | undefined;
  address?: string | undefined;
  active?: boolean | undefined;
}

/**
 * Adds a sub-account. Apps whose agency install reaches future locations are installed in it at once. Throws for an id
 * that is taken or an agency that does not exist.
 */
export function addLocation(state: SimulatorState, added: NewLocation = {}): Location {
  const { settings, installs, switches } = state;
  const location: Location = {
    id: added.id ?? randomResourceId(),
    name: added.name ?? `Location ${settings.locations.length + 1}`,
    address: added.address ?? "1 New Street, Portland, ME 04101",
    companyId: added.companyId ?? settings.companies[0]?.id ?? "",
    active: true,
  };
  if (settings.locations.some(({ id }) => id === location.id)) {
    throw new Error(`Cannot add location "${location.id}": it exists`);
  }
  if (!settings.companies.some(({ id }) => id === location.companyId)) {
    throw new Error(`Cannot add location "${location.id}": no company "${location.companyId}"`);
  }
  settings.locations.push(location);
  for (const [appId, app] of appsById(settings)) {
    const company = installs.companies.get(installKey(appId, location.companyId));
    if (company === undefined) continue;
    if (app.target === "company" || switches.locationCreateWebhooks === "every_app") {
      state.webhooks.queue(locationEvent({ type: "LocationCreate", appId, location }));
    }
    if (company.installToFutureLocations) coverFutureLocation(state, { company, locationId: location.id });
  }
  return location;
}

/** Changes a sub-account; apps that are installed in it hear of a new name or address. Throws for an unknown one. */
export function updateLocation(
  state: SimulatorState,
  { locationId, change }: { locationId: string; change: LocationChange },
): Location {
  const location = locationOf(state, locationId);
  location.active = change.active ?? location.active;
  if (change.name === undefined && change.address === undefined) return location;
  location.name = change.name ?? location.name;
  location.address = change.address ?? location.address;
  for (const appId of appsById(state.settings).keys()) {
    if (findLocationInstall(state.installs, { appId, locationId }) === undefined) continue;
    state.webhooks.queue(locationEvent({ type: "LocationUpdate", appId, location }));
  }
  return location;
}

/** Deletes a sub-account and every install in it. Throws for an unknown one. */
export function removeLocation(state: SimulatorState, locationId: string): void {
  const location = locationOf(state, locationId);
  for (const appId of appsById(state.settings).keys()) {
    uninstall(state, { appId, locationId, silent: state.switches.removedLocationWebhook === "none" });
  }
  state.settings.locations.splice(state.settings.locations.indexOf(location), 1);
}

function locationOf({ settings }: SimulatorState, locationId: string): Location {
  const location = settings.locations.find(({ id }) => id === locationId);
  if (location === undefined) throw new Error(`Cannot find location "${locationId}"`);
  return location;
}
