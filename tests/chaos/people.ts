/** What people do: they install the app from HighLevel's marketplace or from the extension, again too, and disconnect it. */
import { setTimeout as timer } from "node:timers/promises";
import * as v from "valibot";
import { connectionPath, SESSIONS_PATH } from "#shared/endpoints.ts";
import { SessionResponse } from "#shared/session.ts";
import type { Database } from "../../server/db/connect_database.ts";
import { withinDeadline } from "../../server/db/database_unavailable.ts";
import type { SimulatorProcess } from "../support/simulator_process.ts";
import { createTestBrowser, outcomeOf, redirectOf } from "../support/test_browser.ts";
import { createAttempt } from "../support/test_relatch.ts";
import type { FaultOrders } from "./fault_orders.ts";
import type { InstallBook } from "./install_book.ts";
import type { Leases } from "./leases.ts";
import type { LogRecord } from "./log_record.ts";
import type { SeededRandom } from "./seeded_random.ts";
import type { ServerSlot } from "./server_slot.ts";
import { createTally, type Tally } from "./tally.ts";
import type { WebhookWeather } from "./webhook_weather.ts";

/** What a person allows on HighLevel's page. */
export interface Consent {
  /** The location or, for an agency's person, the company. */
  readonly resourceId: string;
  readonly installer: "location" | "agency";
  readonly locationIds: readonly string[];
  readonly installToFutureLocations?: boolean;
  /** No older install lives on when this one is cut off, so that somebody has to repeat it. */
  readonly isNew: boolean;
}

export interface People {
  /** One try. True when Relatch said that it has the install. */
  install(consent: Consent, slot: ServerSlot): Promise<boolean>;
  /** Somebody whose tokens may be in the middle of a rotation, which is to lose against the new ones. */
  reauthorizeOne(locationIds: readonly string[]): Promise<void>;
  /** Removes the app at HighLevel from a location, or from an agency with all its locations. */
  uninstall(target: { readonly locationId: string } | { readonly companyId: string }): Promise<void>;
  /** The app is gone from there, and nobody wants to repeat an install that was cut off. */
  forget(resourceId: string): void;
  /** Repeats what was cut off, for locations that are still there. Throws when that does not help. */
  finish(isThere: (locationId: string) => boolean): Promise<void>;
  /** Whoever connected it from the extension may disconnect it there. */
  mayDisconnect(resourceId: string): boolean;
  /** Disconnects it, and waits until HighLevel has confirmed, or until `ended`. */
  disconnect(resourceId: string, ended: AbortSignal): Promise<void>;
  /** All that somebody asked to disconnect so far: Relatch must not uninstall anything else. */
  readonly disconnected: ReadonlySet<string>;
  /** Installs by what came of them, and removals by the status of their answer. */
  readonly installs: Tally;
  readonly removals: Tally;
}

export interface PeopleOptions {
  readonly simulator: SimulatorProcess;
  readonly database: Database;
  readonly slots: readonly ServerSlot[];
  readonly weather: WebhookWeather;
  readonly faults: FaultOrders;
  readonly leases: Leases;
  readonly book: InstallBook;
  readonly record: LogRecord;
  /** Kills this server if the run may do that now. */
  readonly interrupt: (slot: ServerSlot) => Promise<void>;
  readonly random: SeededRandom;
  readonly onViolation: (what: string) => void;
}

const CodeIssued = v.object({ code: v.string() });
const FROM_EXTENSION = 0.35;
const CALL_MILLISECONDS = 30_000;
const QUERY_MILLISECONDS = 3000;
const TRIES = 5;
const LOOK_MILLISECONDS = 300;
const PATIENT_LOOKS = 30;
/** So often HighLevel's first answer to a removal is a fault: then it is repeated by the upkeep. */
const FAULTY_REMOVALS = 0.7;
const INTERRUPTED_REMOVALS = 0.5;
const REMOVAL_BEGUN_MILLISECONDS = 200;
/** 404: it was gone already. The others are a database that is away. */
const REMOVAL_STATUSES = [200, 202, 204, 404, 500, 503];

export function createPeople(options: PeopleOptions): People {
  const {
    simulator,
    database,
    slots,
    weather,
    faults,
    leases,
    book,
    record,
    interrupt,
    random,
    onViolation,
  } = options;
  const [installs, removals] = [createTally(), createTally()];
  const unfinished = new Map<string, Consent>();
  const sessions = new Map<string, { token: string; connectionId: string }>();
  const disconnected = new Set<string>();

  async function issueCode(
    { installer, locationIds, installToFutureLocations = false }: Consent,
  ): Promise<string> {
    const consent = { installer, locationIds, installToFutureLocations };
    const { code } = v.parse(CodeIssued, await simulator.control("codes", consent));
    return code;
  }

  async function fromMarketplace(consent: Consent, slot: ServerSlot): Promise<string> {
    const code = await issueCode(consent);
    const response = await fetch(`${slot.url}/oauth/callback?code=${code}`, {
      headers: { "x-forwarded-for": randomAddress(random) },
      signal: AbortSignal.timeout(CALL_MILLISECONDS),
    });
    return await outcomeOf(response) ?? `status ${response.status}`;
  }

  async function fromExtension(consent: Consent, slot: ServerSlot): Promise<string> {
    const address = randomAddress(random);
    const browser = createTestBrowser({
      async [slot.publicUrl](request) {
        request.headers.set("x-forwarded-for", address);
        return await fetch(request, { signal: AbortSignal.timeout(CALL_MILLISECONDS) });
      },
    });
    const attempt = createAttempt({}, slot.publicUrl);
    const page = await redirectOf(await browser.open(attempt.connectUrl));
    const code = await issueCode(consent);
    const callback = new URL(page.searchParams.get("redirect_uri") ?? "");
    callback.searchParams.set("code", code);
    callback.searchParams.set("state", page.searchParams.get("state") ?? "");
    const returned = await redirectOf(await browser.open(callback));
    const grantCode = returned.searchParams.get("code");
    if (grantCode === null) return returned.searchParams.get("error") ?? "nothing";
    record.keepSecret(grantCode);
    await openSession(consent, { grantCode, codeVerifier: attempt.codeVerifier });
    return "installed";
  }

  async function openSession(
    { resourceId }: Consent,
    { grantCode, codeVerifier }: { grantCode: string; codeVerifier: string },
  ): Promise<void> {
    const response = await call(`${random.pick(slots).url}${SESSIONS_PATH}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-forwarded-for": randomAddress(random) },
      body: JSON.stringify({ code: grantCode, codeVerifier }),
    });
    const session = v.safeParse(SessionResponse, await response?.json().catch(() => undefined));
    if (!session.success || session.output.connection.connectionId === null) return;
    const { token, connection: { connectionId } } = session.output;
    record.keepSecret(token);
    sessions.set(resourceId, { token, connectionId });
  }

  async function install(consent: Consent, slot: ServerSlot): Promise<boolean> {
    const { resourceId, isNew } = consent;
    const consentedAt = Date.now();
    if (isNew) unfinished.set(resourceId, consent);
    const from = random.chance(FROM_EXTENSION) ? fromExtension : fromMarketplace;
    // The server was killed meanwhile. The code may be spent; a person tries again.
    const outcome = await from(consent, slot).catch(() => "cut off");
    installs.add(outcome);
    if (outcome !== "installed") return false;
    unfinished.delete(resourceId);
    book.installed(resourceId, consentedAt);
    return true;
  }

  /** Nobody connects it again before it is gone. What a process that died was at is brought forward, for it takes a minute. */
  async function untilRemoved(resourceId: string, ended: AbortSignal): Promise<void> {
    for (let looks = 1; !await isRemoved(resourceId) && !ended.aborted; looks++) {
      await timer(LOOK_MILLISECONDS, undefined, { signal: ended }).catch(() => {});
      if (looks % PATIENT_LOOKS > 0) continue;
      await withinDeadline(leases.breakRemovals(), QUERY_MILLISECONDS).catch(() => {});
    }
  }

  function forget(resourceId: string): void {
    book.removed(resourceId);
    unfinished.delete(resourceId);
  }

  async function isRemoved(resourceId: string): Promise<boolean> {
    const query = database`
      SELECT id FROM connections
      WHERE coalesce(location_id, company_id) = ${resourceId} AND removal_requested_at IS NOT NULL`;
    return await withinDeadline(query, QUERY_MILLISECONDS).then((rows) => rows.length === 0, () => false);
  }

  return {
    installs,
    removals,
    disconnected,
    install,
    async reauthorizeOne(locationIds) {
      // Half of the time in the middle of a rotation.
      const busy = random.chance(0.5) ? await readRotating(database) : [];
      const choice = busy.filter((id) => locationIds.includes(id));
      const resourceId = random.pick(choice.length > 0 ? choice : locationIds);
      const consent = { resourceId, installer: "location", locationIds: [resourceId], isNew: false } as const;
      await install(consent, random.pick(slots));
    },
    async uninstall(target) {
      const resourceId = "locationId" in target ? target.locationId : target.companyId;
      forget(resourceId);
      await simulator.control("uninstall", target);
    },
    forget,
    async finish(isThere) {
      for (const consent of [...unfinished.values()]) {
        const locationIds = consent.locationIds.filter(isThere);
        for (let tries = 1; !await install({ ...consent, locationIds }, random.pick(slots)); tries++) {
          if (tries >= TRIES) throw new Error(`Cannot install the app in "${consent.resourceId}"`);
        }
      }
    },
    mayDisconnect: (resourceId) => sessions.has(resourceId),
    async disconnect(resourceId, ended) {
      const session = sessions.get(resourceId);
      if (session === undefined) return;
      disconnected.add(resourceId);
      book.removed(resourceId);
      await weather.keepUninstall(resourceId);
      if (random.chance(FAULTY_REMOVALS)) {
        const kind = random.pick(["bad_gateway_html", "lost_answer", "slow"] as const);
        await faults.orderNext({ route: "api", operation: "uninstall", resourceId, kind });
      }
      const slot = random.pick(slots);
      const answer = call(`${slot.url}${connectionPath(session.connectionId)}`, {
        method: "DELETE",
        headers: { authorization: `Bearer ${session.token}` },
      });
      if (random.chance(INTERRUPTED_REMOVALS)) {
        await timer(REMOVAL_BEGUN_MILLISECONDS);
        await interrupt(slot);
      }
      const response = await answer;
      await response?.body?.cancel().catch(() => {});
      removals.add(response === undefined ? "cut off" : String(response.status));
      if (response !== undefined && !REMOVAL_STATUSES.includes(response.status)) {
        onViolation(`Disconnecting "${resourceId}" was answered with ${response.status}`);
      }
      await untilRemoved(resourceId, ended);
    },
  };
}

/** `undefined` when nothing came back. */
async function call(url: string, init: RequestInit): Promise<Response | undefined> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(CALL_MILLISECONDS) });
  } catch {
    return undefined;
  }
}

/** Each person calls from an address of their own: routes without a credential are limited by address. */
function randomAddress(random: SeededRandom): string {
  return `10.${[0, 0, 0].map(() => Math.floor(random.between(1, 255))).join(".")}`;
}

/** Locations whose tokens are being rotated at this moment. None while the database is away. */
async function readRotating(database: Database): Promise<string[]> {
  try {
    const rows = await withinDeadline(
      database<{ locationId: string }[]>`
        SELECT location_id AS "locationId" FROM connections
        WHERE kind = 'location' AND lease_expires_at > now() ORDER BY location_id`,
      QUERY_MILLISECONDS,
    );
    return rows.map(({ locationId }) => locationId);
  } catch {
    return [];
  }
}
