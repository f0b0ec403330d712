/** What the simulator's ledger says of refresh tokens that Relatch mixed up or lost. */
import type { Ledger } from "../../simulator/ledger.ts";
import type { TokenCall } from "../../simulator/token_call.ts";
import type { Moment } from "./find_violations.ts";

/** Sentences, by the location or company that the token is of. */
export function findMisuse(ledger: Ledger, { highlevel, rows }: Moment): Map<string | null, string[]> {
  const isHarmless = ({ credential, at }: Readonly<TokenCall>): boolean => {
    const { ended } = highlevel.familyOf(credential ?? "");
    // HighLevel had ended it meanwhile, and does not say that the token was used up.
    return ended !== null && ended.at <= at || highlevel.wasInactiveInsideWindow(credential ?? "");
  };
  const isMissed = (resourceId: string, familyId: string): boolean => {
    const token = rows.get(resourceId)?.refreshToken ?? null;
    return token !== null && ledger.familyIdOf(token) === familyId &&
      !highlevel.wasInactiveInsideWindow(token);
  };
  const found = [
    ...ledger.refreshTokensPresentedOutsideWindow().filter((call) => !isHarmless(call))
      .map(({ resourceId }) => ({
        resourceId,
        what: `${resourceId}: a token was presented after its window`,
      })),
    // Tokens of an install that another one has replaced are of no use to anybody.
    ...ledger.lostRotations().filter(({ resourceId, familyId }) => isMissed(resourceId, familyId))
      .map(({ resourceId }) => ({ resourceId, what: `${resourceId}: the answer to a rotation was lost` })),
  ];
  return new Map(
    [...Map.groupBy(found, ({ resourceId }) => resourceId)]
      .map(([resourceId, misuses]) => [resourceId, misuses.map(({ what }) => what)]),
  );
}
