/** What a test may do to installs: the same verbs for the in-process object and the control endpoint. */
import { uninstall } from "./end_install.ts";
import { changePlan, updateVersion } from "./install_changes.ts";
import {
  addLocation,
  type LocationChange,
  type NewLocation,
  removeLocation,
  updateLocation,
} from "./location_changes.ts";
import type { Location } from "./settings.ts";
import type { SimulatorState } from "./simulator_state.ts";
import { firstAppId, type Truth, truthOf } from "./truth.ts";

/** One location, or an agency with all its sub-accounts. `appId` is the first app's by default. */
export type InstallTarget =
  & { appId?: string | undefined }
  & ({ locationId: string } | { companyId: string });

export interface InstallControl {
  /** Removes the app, as a person at HighLevel would; UNINSTALL tells. False where it was not installed. */
  uninstall(target: InstallTarget): boolean;
  /** A new sub-account, covered at once by installs that reach future locations. */
  addLocation(location?: NewLocation): Location;
  updateLocation(locationId: string, change: LocationChange): Location;
  /** Deletes a sub-account with every install in it. */
  removeLocation(locationId: string): void;
  /** Moves an install to another version; UPDATE tells. */
  updateVersion(target: InstallTarget, versionId: string): void;
  /** Another plan of a paid app; PLAN_CHANGE tells. */
  changePlan(target: { appId?: string | undefined; locationId: string }, planId: string): void;
  /** What is really installed now, as seen by one app. */
  truth(appId?: string): Truth;
}

export function createInstallControl(state: SimulatorState): InstallControl {
  const appIdFor = ({ appId }: { appId?: string | undefined }): string => appId ?? firstAppId(state);
  return {
    uninstall: (target) => uninstall(state, { ...target, appId: appIdFor(target) }),
    addLocation: (location = {}) => addLocation(state, location),
    updateLocation: (locationId, change) => updateLocation(state, { locationId, change }),
    removeLocation: (locationId) => removeLocation(state, locationId),
    updateVersion(target, versionId) {
      const resourceId = "locationId" in target ? target.locationId : target.companyId;
      updateVersion(state, { appId: appIdFor(target), resourceId, versionId });
    },
    changePlan: (target, planId) =>
      changePlan(state, { appId: appIdFor(target), locationId: target.locationId, planId }),
    truth: (appId) => truthOf(state, appId),
  };
}
