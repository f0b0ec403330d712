/** When an access token is to be replaced: late enough to use its life, early enough to have hours left for trouble. */

const EARLIEST = 5 / 6;
const LATEST = 11 / 12;

/**
 * Seconds after the issue of a token that lives `lifetimeSeconds`. The connection's random id (a UUID) decides where
 * between 5/6 and 11/12, so that it is the same each time and connections of one hour do not come back as a herd.
 */
export function refreshAfterSeconds(connectionId: string, lifetimeSeconds: number): number {
  const share = Number.parseInt(connectionId.slice(0, 8), 16) / 2 ** 32;
  return lifetimeSeconds * (EARLIEST + (LATEST - EARLIEST) * share);
}
