/** A rotator that rotates nothing: it answers what a test says, and tells what it was asked. */
import type { Result } from "../../server/result.ts";
import { success } from "../../server/result.ts";
import type { LiveToken, Rotator, TokenRefusal } from "../../server/rotation/rotator.ts";

export interface FakeRotator extends Rotator {
  /** Connection id and `minTtlSeconds` of every call of `liveToken`. */
  readonly asked: readonly (readonly [string, number])[];
  /** Connection id of every call of `refreshNow`. */
  readonly refreshed: readonly string[];
}

export interface FakeRotatorOptions {
  readonly answer?: () => Result<LiveToken, TokenRefusal>;
  readonly refresh?: (connectionId: string) => Promise<void>;
}

/** The access token that a fake rotator gives when a test does not say otherwise. */
export const LIVE_TOKEN: LiveToken = {
  accessToken: "live-access-token-that-no-log-may-hold",
  expiresAt: new Date("2031-02-03T04:05:06.789Z"),
  scopes: ["contacts.readonly", "contacts.write"],
  locationId: "ve9EPM428h8vShlRW1KT",
  companyId: null,
  ageSeconds: 3600,
};

export function createFakeRotator({ answer, refresh }: FakeRotatorOptions = {}): FakeRotator {
  const asked: (readonly [string, number])[] = [];
  const refreshed: string[] = [];
  return {
    asked,
    refreshed,
    liveToken(connectionId, minTtlSeconds) {
      asked.push([connectionId, minTtlSeconds]);
      return Promise.resolve(answer?.() ?? success(LIVE_TOKEN));
    },
    async refreshNow(connectionId) {
      refreshed.push(connectionId);
      await refresh?.(connectionId);
    },
  };
}
