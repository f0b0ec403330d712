/** What integrations and people ask of a connection of a history. */
import { connectionPath } from "#shared/endpoints.ts";
import type { Target } from "./history_plan.ts";
import type { HistoryWorld } from "./history_world.ts";
import { addressOf } from "./install_acts.ts";
import { resourceOf, type Scene } from "./scene.ts";

/** Throws when the token is one of somebody else. */
export async function askToken(
  world: HistoryWorld,
  resourceId: string,
  minTtlSeconds: number,
): Promise<string> {
  const connectionId = await connectionIdOf(world, resourceId);
  if (connectionId === undefined) return "nobody has heard of it";
  const token = await world.relatch.upkeep.tokens.liveToken(connectionId, minTtlSeconds);
  if (!token.ok) return `refused: ${token.failure.reason}`;
  const owner = world.relatch.simulator.ledger.resourceOfAccessToken(token.value.accessToken);
  if (owner !== resourceId) throw new Error(`"${resourceId}" was given a token of "${owner}"`);
  return "given";
}

/** As integrations and people do who see that a token does not work. */
export async function refresh(world: HistoryWorld, resourceId: string): Promise<string> {
  const connectionId = await connectionIdOf(world, resourceId);
  if (connectionId === undefined) return "nobody has heard of it";
  await world.relatch.upkeep.tokens.refreshNow(connectionId);
  return "asked";
}

interface Disconnecting {
  readonly target: Target;
  readonly nth: number;
}

/** `DELETE /api/connections/:connectionId`, by somebody of the history. */
export async function disconnect(
  world: HistoryWorld,
  scene: Scene,
  disconnecting: Disconnecting,
): Promise<string> {
  const request = await removalRequest(world, scene, disconnecting);
  if (request === undefined) return "nobody can";
  const { connectionId, resourceId } = request;
  const before = livingFamiliesOf(world, scene);
  const status = await request.send();
  const ended = endedSince(world, scene, before);
  if (status === 204) {
    for (const id of ended) scene.endedFamilies.add(id);
    const left = await world.relatch.database`
      SELECT id FROM connections
      WHERE id = ${connectionId} AND refresh_token IS NOT NULL AND uninstall_suspected_at IS NULL`;
    if (left.length > 0) throw new Error(`"${resourceId}" was removed, and its tokens are left`);
  }
  if ((status === 403 || status === 404) && ended.length > 0) {
    throw new Error(`The refused removal of "${resourceId}" ended ${ended.length} installs`);
  }
  return `${status}, ended ${ended.length} token families`;
}

/** The same at one time with something else: which of them HighLevel hears of first is anybody's guess. */
export async function disconnectMeanwhile(
  world: HistoryWorld,
  scene: Scene,
  { meanwhile, ...disconnecting }: Disconnecting & { meanwhile: () => Promise<string> },
): Promise<string> {
  const request = await removalRequest(world, scene, disconnecting);
  if (request === undefined) return `nobody can, ${await meanwhile()}`;
  const before = livingFamiliesOf(world, scene);
  const [status, came] = await Promise.all([request.send(), meanwhile()]);
  const ended = endedSince(world, scene, before);
  if (status === 204) { for (const id of ended) scene.endedFamilies.add(id); }
  return `${status}, ended ${ended.length} token families; ${came}`;
}

/** `undefined` when nobody of the history has a session, or nothing is known of the target. */
async function removalRequest(
  world: HistoryWorld,
  scene: Scene,
  { target, nth }: Disconnecting,
): Promise<{ connectionId: string; resourceId: string; send: () => Promise<number> } | undefined> {
  const { app, simulator } = world.relatch;
  const session = scene.sessions[nth % Math.max(1, scene.sessions.length)];
  const resourceId = resourceOf(simulator, scene, target);
  const connectionId = resourceId === undefined ? undefined : await connectionIdOf(world, resourceId);
  if (session === undefined || resourceId === undefined || connectionId === undefined) return undefined;
  return {
    connectionId,
    resourceId,
    async send() {
      const response = await app.request(connectionPath(connectionId), {
        method: "DELETE",
        headers: { authorization: `Bearer ${session}` },
      }, addressOf(scene));
      await response.body?.cancel();
      return response.status;
    },
  };
}

function endedSince(world: HistoryWorld, scene: Scene, before: ReadonlySet<string>): string[] {
  const living = livingFamiliesOf(world, scene);
  return [...before].filter((id) => !living.has(id));
}

function livingFamiliesOf({ relatch }: HistoryWorld, { companyIds }: Scene): Set<string> {
  const families = relatch.simulator.ledger.families();
  return new Set(
    families.filter(({ consent, ended }) => ended === null && companyIds.includes(consent.companyId))
      .map(({ id }) => id),
  );
}

async function connectionIdOf(
  { relatch: { database } }: HistoryWorld,
  resourceId: string,
): Promise<string | undefined> {
  const [row] = await database<{ id: string }[]>`
    SELECT id FROM connections
    WHERE kind = 'location' AND location_id = ${resourceId} OR kind = 'company' AND company_id = ${resourceId}`;
  return row?.id;
}
