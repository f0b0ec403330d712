/** What a client is told of a connection: a pure mapping from the row. */
import type { ConnectionProblem, ConnectionStatus } from "#shared/connection_status.ts";
import { type InstallWorth, isOwnBetter, missingScopes } from "./better_install.ts";
import { stateFor } from "./problem_state.ts";

/** What an install is worth: the connection's own, or that of the agency for one of its locations. */
export interface InstallView {
  readonly scopes: readonly string[];
  readonly accessTokenExpiresAt: Date | null;
  readonly lastRefreshedAt: Date | null;
  readonly nextRefreshAt: Date | null;
  readonly problemCode: string | null;
  readonly problemSince: Date | null;
  /** When Relatch tries again by itself to be rid of the problem, if not with the next refresh. */
  readonly retryAt?: Date | null;
  /** A person disconnected it, and HighLevel has not confirmed that yet. */
  readonly removalRequestedAt: Date | null;
  readonly removalDueAt: Date | null;
}

/** What a status is made of; nothing of it is a secret. One of the two installs is there at least. */
export interface ConnectionView {
  readonly id: string;
  readonly kind: "location" | "company";
  readonly locationId: string | null;
  readonly locationName: string | null;
  readonly companyId: string | null;
  readonly own: InstallView | null;
  /** Only for a location. */
  readonly agency: InstallView | null;
}

/** `requiredScopes` are those of the settings: what was not granted is `missingScopes`. */
export function statusFor(view: ConnectionView, requiredScopes: readonly string[]): ConnectionStatus {
  const { kind, install } = betterInstall(view, requiredScopes);
  return {
    state: stateOf(install),
    kind,
    connectionId: view.id,
    locationId: view.locationId,
    locationName: view.locationName,
    companyId: view.companyId,
    scopes: [...install.scopes],
    missingScopes: missingScopes(requiredScopes, install.scopes),
    accessTokenExpiresAt: isoOf(install.accessTokenExpiresAt),
    lastRefreshedAt: isoOf(install.lastRefreshedAt),
    nextRefreshAt: isHopeless(install) ? null : isoOf(install.nextRefreshAt),
    problem: problemOf(install),
  };
}

const BEST_FIRST: readonly ConnectionStatus["state"][] = [
  "connected",
  "degraded",
  "paused",
  "reconnect_required",
];

/** Tokens come from the better one. */
function betterInstall(
  { kind, own, agency }: ConnectionView,
  requiredScopes: readonly string[],
): Pick<ConnectionView, "kind"> & { install: InstallView } {
  if (agency === null) {
    if (own === null) throw new Error("Cannot tell the status of a connection without an install");
    return { kind, install: own };
  }
  return own !== null && isOwnBetter({ own: worthOf(own), agency: worthOf(agency) }, requiredScopes)
    ? { kind, install: own }
    : { kind: "company", install: agency };
}

function worthOf(install: InstallView): InstallWorth {
  return { distance: BEST_FIRST.indexOf(stateOf(install)), scopes: install.scopes };
}

function stateOf({ problemCode, removalRequestedAt }: InstallView): ConnectionStatus["state"] {
  return stateFor(removalRequestedAt === null ? problemCode : "removal_pending");
}

/** Where a person has to act first, no renewal is promised, although Relatch may try. */
function isHopeless(install: InstallView): boolean {
  return stateOf(install) === "reconnect_required";
}

function problemOf(install: InstallView): ConnectionProblem | null {
  const { problemCode, problemSince, removalRequestedAt, removalDueAt } = install;
  const { retryAt = install.nextRefreshAt } = install;
  if (removalRequestedAt !== null) {
    return { code: "removal_pending", since: removalRequestedAt.toISOString(), retryAt: isoOf(removalDueAt) };
  }
  if (problemCode === null || problemSince === null) return null;
  return {
    code: problemCode,
    since: problemSince.toISOString(),
    retryAt: isHopeless(install) ? null : isoOf(retryAt),
  };
}

function isoOf(time: Date | null): string | null {
  return time?.toISOString() ?? null;
}
