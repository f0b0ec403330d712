/** Carries out one act of a history, and says in a line what came of it. */
import { WEBHOOKS_PATH } from "#shared/endpoints.ts";
import type { InstallTarget } from "../../simulator/install_control.ts";
import { appIdFor } from "../../simulator/settings.ts";
import type { Simulator } from "../../simulator/simulator.ts";
import { uninstallEvent } from "../../simulator/webhook_events.ts";
import type { Act, Target } from "./history_plan.ts";
import type { HistoryWorld } from "./history_world.ts";
import { addressOf, bringCode, connectWithExtension, installFromMarketplace } from "./install_acts.ts";
import {
  addLocation,
  companyOf,
  consentOf,
  locationsOf,
  moveLocation,
  resourceOf,
  type Scene,
} from "./scene.ts";
import { askToken, disconnect, disconnectMeanwhile, refresh } from "./token_acts.ts";

/** Throws when Relatch does what it never may. */
export async function performAct(world: HistoryWorld, scene: Scene, act: Act): Promise<string> {
  const { simulator } = world.relatch;
  const nothing = "there is nothing to do it with";
  const idOf = (target: Target) => resourceOf(simulator, scene, target);
  switch (act.do) {
    case "install": {
      const locationId = idOf({ kind: "location", nth: act.nth });
      if (locationId === undefined) return nothing;
      const consent = { installer: "location", locationIds: [locationId] } as const;
      const { exchange } = act;
      return `${locationId}: ${await installFromMarketplace(world, scene, {
        consent: { ...consent, locationIds: [locationId] },
        exchange,
      })}`;
    }
    case "install_agency": {
      const consent = consentOf(simulator, scene, act.consent);
      if (consent === undefined) return nothing;
      const came = await installFromMarketplace(world, scene, {
        consent: { installer: "agency", ...consent },
        exchange: act.exchange,
      });
      return `${consent.companyId} for ${consent.locationIds.join(", ")}: ${came}`;
    }
    case "connect": {
      const locationId = idOf({ kind: "location", nth: act.nth });
      if (locationId === undefined) return nothing;
      const consent = { installer: "location" as const, locationIds: [locationId] };
      return `${locationId}: ${await connectWithExtension(world, scene, consent)}`;
    }
    case "connect_agency": {
      const consent = consentOf(simulator, scene, act.consent);
      if (consent === undefined) return nothing;
      const came = await connectWithExtension(world, scene, { installer: "agency", ...consent });
      return `${consent.companyId} for ${consent.locationIds.join(", ")}: ${came}`;
    }
    case "exchange_late": {
      const [open] = scene.codes.splice(act.nth % Math.max(1, scene.codes.length), 1);
      return open === undefined ? nothing : `${open.resourceId}: ${await bringCode(world, scene, open.code)}`;
    }
    case "uninstall": {
      const id = idOf(act.target);
      if (id === undefined) return nothing;
      return `${id}: ${simulator.uninstall(installTarget(act.target, id)) ? "removed" : "was not there"}`;
    }
    case "disconnect":
      return `${idOf(act.target)}: ${await disconnect(world, scene, act)}`;
    case "disconnect_and_connect": {
      const locationId = idOf({ kind: "location", nth: act.connected });
      if (locationId === undefined) return nothing;
      const consent = { installer: "location" as const, locationIds: [locationId] };
      const came = await disconnectMeanwhile(world, scene, {
        ...act,
        meanwhile: () => connectWithExtension(world, scene, consent),
      });
      return `${idOf(act.target)}, and ${locationId} meanwhile: ${came}`;
    }
    case "add_location":
      return addLocation(simulator, scene, companyOf(scene, act.nth));
    case "move_location": {
      const locationId = idOf({ kind: "location", nth: act.nth });
      return locationId === undefined ? nothing : moveLocation(simulator, scene, locationId);
    }
    case "remove_location": {
      const locationId = idOf({ kind: "location", nth: act.nth });
      if (locationId === undefined) return nothing;
      simulator.removeLocation(locationId);
      return locationId;
    }
    case "rename": {
      const locationId = idOf({ kind: "location", nth: act.nth });
      if (locationId === undefined) return nothing;
      return simulator.updateLocation(locationId, { name: `Renamed after ${scene.lines.length} lines` }).id;
    }
    case "set_active":
      return setActive(simulator, scene, act);
    case "update_version": {
      const id = idOf(act.target);
      const [version = ""] = simulator.settings.apps[0]?.versionIds ?? [];
      if (id === undefined || !isInstalled(simulator, id)) return nothing;
      simulator.updateVersion(installTarget(act.target, id), version);
      return id;
    }
    case "ask_token": {
      const id = idOf(act.target);
      return id === undefined ? nothing : `${id}: ${await askToken(world, id, act.minTtlSeconds)}`;
    }
    case "refresh": {
      const id = idOf(act.target);
      return id === undefined ? nothing : `${id}: ${await refresh(world, id)}`;
    }
    case "fault": {
      const resourceId = idOf(act.target);
      if (resourceId === undefined) return nothing;
      const { route, fault: kind, times } = act;
      simulator.faults.next({
        route,
        kind,
        times,
        resourceId,
        ...(kind === "timeout" ? { delayMs: 1 } : {}),
      });
      return `${times} × ${kind} at ${route} calls about ${resourceId}`;
    }
    case "disorder": {
      const resourceId = idOf(act.target);
      if (resourceId === undefined) return nothing;
      orderDisorder(simulator, { resourceId, act });
      return `${act.order} the next ${act.event} about ${resourceId}`;
    }
    case "forge_uninstall": {
      const id = idOf(act.target);
      return id === undefined
        ? nothing
        : `${id}: ${await forgeUninstall(world, scene, installTarget(act.target, id))}`;
    }
    case "resend": {
      const ids = [...scene.companyIds, ...scene.locationIds];
      const sent = simulator.webhooks.deliveries().filter(({ resourceId }) => ids.includes(resourceId));
      const again = sent[act.nth % Math.max(1, sent.length)];
      if (again === undefined) return nothing;
      simulator.webhooks.resend(again.webhookId);
      return `${again.type} about ${again.resourceId}`;
    }
  }
}

function installTarget({ kind }: Target, id: string): InstallTarget {
  return kind === "location" ? { locationId: id } : { companyId: id };
}

function setActive(
  simulator: Simulator,
  scene: Scene,
  { target, active }: { target: Target; active: boolean },
): string {
  const id = resourceOf(simulator, scene, target);
  const { settings } = simulator;
  const paused = [...settings.companies, ...locationsOf(simulator, scene)].find((place) => place.id === id);
  if (paused !== undefined) paused.active = active;
  return `${id}: ${active ? "active" : "not active"}`;
}

function isInstalled(simulator: Simulator, id: string): boolean {
  const { companies, locations } = simulator.truth();
  return companies.some(({ companyId, installed }) => companyId === id && installed) ||
    locations.some(({ locationId, direct, covered }) => locationId === id && (direct || covered));
}

function orderDisorder(
  { webhooks: { orders } }: Simulator,
  { resourceId, act: { order, event } }: { resourceId: string; act: Extract<Act, { do: "disorder" }> },
): void {
  const narrowing = { resourceId, type: event };
  switch (order) {
    case "lose":
      return orders.next({ kind: "lose", ...narrowing });
    case "duplicate":
      return orders.next({ kind: "duplicate", copies: 2, delayMs: 40_000, ...narrowing });
    case "delay":
      return orders.next({ kind: "delay", delayMs: 3 * 3600_000, ...narrowing });
    case "reorder":
      return orders.next({ kind: "reorder", behind: 2, ...narrowing });
    case "wrong":
    case "missing":
      return orders.next({ kind: "sign", signature: order, ...narrowing });
  }
}

/** Throws when it is taken. */
async function forgeUninstall(
  { relatch: { app, simulator } }: HistoryWorld,
  scene: Scene,
  target: InstallTarget,
): Promise<string> {
  const [registration] = simulator.settings.apps;
  const appId = registration === undefined ? "" : appIdFor(registration);
  const timestamp = new Date(simulator.clock.now()).toISOString();
  const body = JSON.stringify({
    ...uninstallEvent(appId, target).fields,
    timestamp,
    webhookId: crypto.randomUUID(),
  });
  const headers = simulator.webhooks.signer.headersFor(body, "wrong_key");
  const response = await app.request(WEBHOOKS_PATH, { method: "POST", headers, body }, addressOf(scene));
  await response.body?.cancel();
  if (response.status !== 401) throw new Error(`A forged webhook was answered with ${response.status}`);
  return "refused";
}
