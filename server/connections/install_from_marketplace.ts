/**
 * Stores an install that HighLevel started, and tells what it was. Nobody gets a session from it: a private flow later
 * adopts the same row.
 */
import type { EncryptionKeys } from "../crypto/encryption_keys.ts";
import type { Database } from "../db/connect_database.ts";
import { withinDeadline } from "../db/database_unavailable.ts";
import type { Install } from "../highlevel/token_answer.ts";
import { type Result, success } from "../result.ts";
import { type Exchange, type InstallRefusal, obtainInstall, storeInstall } from "./obtain_install.ts";
import { saveInstall } from "./save_install.ts";

/** What a person is told of an install. */
export interface InstalledSummary {
  readonly kind: "location" | "company";
  /** What HighLevel calls the location or agency; `null` while nobody has said. */
  readonly name: string | null;
  /** HighLevel's id of the location or agency. */
  readonly id: string;
  /** How many locations of an agency have the app; `null` until they are listed, and for a location. */
  readonly locations: number | null;
}

export interface StoredInstall {
  readonly connectionId: string;
  readonly companyId: string | null;
  readonly kind: "location" | "company";
}

/** What there is still to find out about an install whose tokens are stored. */
export type AfterInstall = (install: StoredInstall) => Promise<void>;

export interface MarketplaceInstallOptions {
  readonly database: Database;
  readonly keys: EncryptionKeys;
  readonly clientId: string;
  readonly exchange: Exchange;
  /** Awaited before anything is told; it must not take longer than a person can wait. */
  readonly afterStored: AfterInstall;
  /** Told of what fails once the tokens are stored: the install is a success all the same. */
  readonly onTrouble: (error: unknown) => void;
}

export interface MarketplaceInstall {
  readonly connectionId: string;
  readonly summary: InstalledSummary;
}

const SUMMARY_MILLISECONDS = 3000;

/** Throws when the database fails before the tokens are stored. */
export async function installFromMarketplace(
  { database, keys, clientId, exchange, afterStored, onTrouble }: MarketplaceInstallOptions,
): Promise<Result<MarketplaceInstall, InstallRefusal>> {
  const obtained = await obtainInstall(database, exchange);
  if (!obtained.ok) return obtained;
  const { install } = obtained.value;
  const save = { ...obtained.value, clientId, keys, cause: "marketplace_install" } as const;
  const connectionId = await storeInstall(database, (tx) => saveInstall(tx, save));
  const { kind, companyId } = install;
  await Promise.try(afterStored, { connectionId, companyId, kind }).catch(onTrouble);
  const known = await readKnown(database, connectionId).catch(onTrouble);
  return success({ connectionId, summary: summaryFor(install, known ?? UNKNOWN) });
}

type Known = Pick<InstalledSummary, "name" | "locations">;
const UNKNOWN: Known = { name: null, locations: null };

/** A list that was begun before the tokens were stored says nothing about this install. */
async function readKnown(database: Database, connectionId: string): Promise<Known | undefined> {
  const [row] = await withinDeadline(
    database<Known[]>`
      SELECT CASE c.kind WHEN 'location' THEN c.location_name ELSE a.name END AS name,
        CASE WHEN c.kind = 'company' AND a.listed_at >= c.last_refreshed_at THEN a.listed_locations END AS locations
      FROM connections c LEFT JOIN agencies a ON a.company_id = c.company_id
      WHERE c.id = ${connectionId}`,
    SUMMARY_MILLISECONDS,
  );
  return row;
}

function summaryFor({ kind, locationId, companyId }: Install, known: Known): InstalledSummary {
  return { kind, id: (kind === "location" ? locationId : companyId) ?? "", ...known };
}
