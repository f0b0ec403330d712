/** What tests of agencies do time and again: let everything that is due happen, and look at what came of it. */
import assert from "node:assert/strict";
import { type ConnectionStatus, notConnectedStatus } from "#shared/connection_status.ts";
import { WEBHOOKS_PATH } from "#shared/endpoints.ts";
import type { SessionResponse } from "#shared/session.ts";
import { readConnection } from "../../server/connections/read_status.ts";
import { statusFor } from "../../server/connections/status_for.ts";
import type { Result } from "../../server/result.ts";
import type { LiveToken, TokenRefusal } from "../../server/rotation/rotator.ts";
import type { ApiOperation } from "../simulator/api_call_record.ts";
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from "../simulator/default_settings.ts";
import {
  AGENCY_SETTINGS,
  COMPANY_ID,
  coveredLocations,
  directLocations,
  installAgency,
  keepUp,
  locationConnectionId,
} from "./agency_stage.ts";
import { expireTokens, historyOf, lookOnce, makeDue, passTime } from "./rotation_stage.ts";
import type { TestPostgres } from "./test_postgres.ts";
import {
  connect,
  createTestRelatch,
  LOCATION_ID,
  type TestRelatch,
  type TestRelatchOptions,
} from "./test_relatch.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/** The scopes of {@linkcode AGENCY_SETTINGS} without the one for asking who an install belongs to. */
export const WITHOUT_DETAILS: Readonly<Record<string, string>> = {
  HIGHLEVEL_SCOPES: "contacts.readonly oauth.readonly oauth.write",
};
/** Without the one that tokens of locations are minted with, and that the app is uninstalled with. */
export const WITHOUT_WRITE: Readonly<Record<string, string>> = {
  HIGHLEVEL_SCOPES: "contacts.readonly oauth.readonly",
};

/** The longest time between two listings of an agency that nobody gives a hint about. */
export const LISTING_PERIOD_SECONDS = 4140;
/** In this time every own access token comes to its renewal. */
export const ROTATION_PERIOD_SECONDS = 80_000;

export const APP_ID = DEFAULT_CLIENT_ID.replace(/-.*/, "");
const WRONG_SECRET = "00000000-0000-4000-8000-000000000000";

/** The app has the scopes that Relatch asks for, and no more: what is installed is granted these. */
export async function createAgencyRelatch(
  postgres: Pick<TestPostgres, "createDatabase">,
  options: TestRelatchOptions = {},
): Promise<TestRelatch> {
  const settings = { ...AGENCY_SETTINGS, ...options.settings };
  const relatch = await createTestRelatch(postgres, { ...options, settings });
  const { scopes } = relatch.config.highlevel;
  for (const app of relatch.simulator.settings.apps) app.scopes = [...scopes];
  return relatch;
}

/** HighLevel's webhooks arrive, and everything is done that is due now or by what was done. */
export async function settle(relatch: TestRelatch): Promise<void> {
  await relatch.simulator.webhooks.pump({ atOnce: 4 });
  await keepUp(relatch);
  // The end of an agency casts doubt on installs of its locations, and that on tokens.
  for (let round = 0; round < 2; round++) {
    await lookOnce(relatch);
    await keepUp(relatch);
  }
}

/** Time passes in steps, by the rotation's `clock` too where a test has its own, and what is due after each of them is done. */
export async function live(
  relatch: TestRelatch,
  { seconds, step = seconds, clock }: { seconds: number; step?: number; clock?: VirtualClock },
): Promise<void> {
  for (let passed = 0; passed < seconds; passed += step) {
    const passing = Math.min(step, seconds - passed);
    await passTime(relatch, passing);
    clock?.advance(passing * 1000);
    await settle(relatch);
  }
}

/** An agency installs from the marketplace and is granted other scopes than Relatch asks for; the page that is shown. */
export async function installWithScopes(relatch: TestRelatch, scopes: string): Promise<Response> {
  const code = relatch.simulator.issueCode({
    installer: "agency",
    locationIds: "all",
    scopes: scopes.split(" "),
  });
  return await relatch.app.request(`${relatch.config.callbackPath}?code=${code}`);
}

/**
 * A person of the agency connects it from the extension, for one location or all of them: the session that this person's
 * browser holds.
 */
export async function connectAgency(
  relatch: TestRelatch,
  { locationIds = [LOCATION_ID], token }: { locationIds?: readonly string[] | "all"; token?: string } = {},
): Promise<SessionResponse> {
  const { switches } = relatch.simulator;
  const { installer } = switches;
  switches.installer = "agency";
  const [locationId = LOCATION_ID, ...others] = locationIds === "all"
    ? relatch.simulator.settings.locations.filter(({ companyId }) => companyId === COMPANY_ID).map(({ id }) =>
      id
    )
    : locationIds;
  const session = await connect(relatch, { locationId, ...(token === undefined ? {} : { token }) });
  // The page ticks one; HighLevel adds what an agency ticks later.
  if (others.length > 0) await installAgency(relatch, { locationIds: others });
  switches.installer = installer;
  return session;
}

/** One more agency at HighLevel, with locations of its own. */
export function addAgency(
  { simulator }: Pick<TestRelatch, "simulator">,
  { companyId, locationIds }: { companyId: string; locationIds: readonly string[] },
): void {
  simulator.settings.companies.push({ id: companyId, name: `Agency ${companyId}`, active: true });
  for (const id of locationIds) simulator.addLocation({ id, companyId });
}

/** Gives HighLevel another secret for the app than Relatch has, or the right one again. */
export function setSecret({ simulator }: Pick<TestRelatch, "simulator">, which: "right" | "wrong"): void {
  const clientSecret = which === "right" ? DEFAULT_CLIENT_SECRET : WRONG_SECRET;
  simulator.settings.apps[0]?.clientPairs.splice(0, Infinity, { clientId: DEFAULT_CLIENT_ID, clientSecret });
}

/** How often HighLevel's API was asked for this, refused calls included. */
export function callsOf({ simulator }: Pick<TestRelatch, "simulator">, operation: ApiOperation): number {
  return simulator.ledger.apiCallCounts()[operation] ?? 0;
}

/** Every API call fails from now on, or those of some operations, until {@linkcode bringBack}. */
export function takeAway(
  { simulator }: Pick<TestRelatch, "simulator">,
  operations: readonly (ApiOperation | undefined)[] = [undefined],
): void {
  for (const operation of operations) {
    const which = operation === undefined ? {} : { operation };
    simulator.faults.next({ route: "api", kind: "bad_gateway_html", times: 100_000, ...which });
  }
}

/**
 * HighLevel refuses renewals from now on, until {@linkcode bringBack}: the access token of this install has ended, and the next
 * try to renew it comes later.
 */
export async function failRenewals(relatch: TestRelatch, connectionId: string): Promise<void> {
  const times = 100_000;
  relatch.simulator.faults.next({ route: "token", grantType: "refresh_token", kind: "rate_limited", times });
  await makeDue(relatch.database, [connectionId]);
  await lookOnce(relatch);
  await expireTokens(relatch.database, [connectionId]);
}

export function bringBack({ simulator }: Pick<TestRelatch, "simulator">): void {
  simulator.faults.clear();
}

/** The id of a location's connection, which has to be known. */
export async function connectionOf(relatch: TestRelatch, locationId = LOCATION_ID): Promise<string> {
  const id = await locationConnectionId(relatch, locationId);
  assert.ok(id !== undefined, `Nothing is known of the location "${locationId}"`);
  return id;
}

/** What an integration gets for a location at this moment. */
export async function askToken(
  relatch: TestRelatch,
  { locationId = LOCATION_ID, minTtlSeconds = 60 }: { locationId?: string; minTtlSeconds?: number } = {},
): Promise<Result<LiveToken, TokenRefusal>> {
  return await relatch.upkeep.tokens.liveToken(await connectionOf(relatch, locationId), minTtlSeconds);
}

/** The same, which has to be a token, in the clear. */
export async function takeToken(relatch: TestRelatch, locationId = LOCATION_ID): Promise<string> {
  const token = await askToken(relatch, { locationId });
  assert.ok(token.ok, `No token for "${locationId}": ${JSON.stringify(token)}`);
  return token.value.accessToken;
}

/** What somebody who may see everything is told of a location. */
export async function statusOf(relatch: TestRelatch, locationId = LOCATION_ID): Promise<ConnectionStatus> {
  const id = await locationConnectionId(relatch, locationId);
  const view = id === undefined ? undefined : await readConnection(relatch.database, id);
  return view === undefined
    ? notConnectedStatus(locationId)
    : statusFor(view, relatch.config.highlevel.scopes);
}

/** State, and whose install it is about. */
export async function stateOf(relatch: TestRelatch, locationId = LOCATION_ID): Promise<string> {
  const { state, kind } = await statusOf(relatch, locationId);
  return `${state} ${kind}`;
}

export async function locationHistory(relatch: TestRelatch, locationId = LOCATION_ID): Promise<string[]> {
  return await historyOf(relatch.database, await connectionOf(relatch, locationId));
}

/** What is stored says what is true at HighLevel: which agencies and locations have the app, and by whose install. */
export async function assertTrue(relatch: TestRelatch): Promise<void> {
  const { companies, locations } = relatch.simulator.truth();
  const idsOf = (wanted: "listed" | "direct") =>
    locations.filter((location) => location[wanted]).map(({ locationId }) => locationId).sort();
  const connected = await relatch.database<{ companyId: string }[]>`
    SELECT company_id AS "companyId" FROM connections
    WHERE kind = 'company' AND refresh_token IS NOT NULL ORDER BY company_id`;
  assert.deepEqual(
    {
      agencies: connected.map(({ companyId }) => companyId),
      covered: await coveredLocations(relatch),
      direct: await directLocations(relatch),
    },
    {
      agencies: companies.filter(({ installed }) => installed).map(({ companyId }) => companyId).sort(),
      covered: idsOf("listed"),
      direct: idsOf("direct"),
    },
  );
}

/** `POST /webhooks` with a body of one's own, signed as HighLevel signs. */
export async function deliver(
  relatch: TestRelatch,
  fields: Readonly<Record<string, unknown>>,
): Promise<void> {
  const body = JSON.stringify({ appId: APP_ID, webhookId: crypto.randomUUID(), ...fields });
  const response = await relatch.app.request(WEBHOOKS_PATH, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...relatch.simulator.webhooks.signer.headersFor(body, "ed25519"),
    },
    body,
  });
  assert.equal(response.status, 200);
  await response.body?.cancel();
}

/** How many lines of this event were logged. */
export function logged({ logLines }: Pick<TestRelatch, "logLines">, event: string): number {
  return logLines.filter((line) => line.includes(`"event":"${event}"`)).length;
}

/** Nothing of an access or refresh token is left in the row of a location. */
export async function isWiped({ database }: TestRelatch, connectionId: string): Promise<boolean> {
  const [row] = await database<{ isWiped: boolean }[]>`
    SELECT num_nonnulls(c.access_token, c.refresh_token, c.previous_refresh_token, v.access_token) = 0 AS "isWiped"
    FROM connections c LEFT JOIN coverages v ON v.connection_id = c.id WHERE c.id = ${connectionId}`;
  return row?.isWiped ?? false;
}
