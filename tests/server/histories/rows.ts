/** What Relatch has stored about the resources of histories. */
import { mintedTokenContext, tokenContext } from "../../../server/connections/token_context.ts";
import { open } from "../../../server/crypto/seal.ts";
import type { TestRelatch } from "../../support/test_relatch.ts";

export interface StoredRow {
  readonly id: string;
  readonly kind: "location" | "company";
  readonly resourceId: string;
  readonly companyId: string | null;
  readonly name: string | null;
  /** In the clear; `null`: it has no install of its own. */
  readonly refreshToken: string | null;
  /** Whether any ciphertext of an own install is left. */
  readonly hasCiphertext: boolean;
  readonly problemCode: string | null;
  /** Since the problem began. */
  readonly problemSeconds: number | null;
  /** Since the access token ended; negative before. */
  readonly accessTokenEndedSeconds: number | null;
  readonly isSuspected: boolean;
  readonly isClaimed: boolean;
  readonly isRemovalPending: boolean;
  /** An agency's install reaches it, as far as Relatch knows. */
  readonly isCovered: boolean;
  /** The company of that install, which need not be that of the location. */
  readonly coveredBy: string | null;
  /** In the clear. */
  readonly mintedToken: string | null;
  readonly mintProblemCode: string | null;
  /** Of an agency: its locations are to be listed again. */
  readonly isListed: boolean;
}

type SealedRow = Omit<StoredRow, "refreshToken" | "mintedToken"> & {
  readonly refreshToken: Uint8Array | null;
  readonly mintedToken: Uint8Array | null;
};

/** By the resources' ids. */
export async function readRows(
  { database, keys }: Pick<TestRelatch, "database" | "keys">,
): Promise<Map<string, StoredRow>> {
  const rows = await database<SealedRow[]>`
    SELECT c.id, c.kind, coalesce(c.location_id, c.company_id) AS "resourceId", c.company_id AS "companyId",
      c.location_name AS name, c.refresh_token AS "refreshToken",
      coalesce(c.access_token, c.refresh_token, c.previous_refresh_token) IS NOT NULL AS "hasCiphertext",
      c.problem_code AS "problemCode",
      extract(epoch FROM now() - c.problem_since)::float8 AS "problemSeconds",
      extract(epoch FROM now() - c.access_token_expires_at)::float8 AS "accessTokenEndedSeconds",
      c.uninstall_suspected_at IS NOT NULL AS "isSuspected", c.lease_id IS NOT NULL AS "isClaimed",
      c.removal_requested_at IS NOT NULL AS "isRemovalPending",
      coalesce(v.installed, false) AS "isCovered", CASE WHEN v.installed THEN a.company_id END AS "coveredBy",
      v.access_token AS "mintedToken",
      v.problem_code AS "mintProblemCode", g.listing_due_at IS NOT NULL AS "isListed"
    FROM connections c
    LEFT JOIN coverages v ON v.connection_id = c.id
    LEFT JOIN connections a ON a.id = v.company_connection_id
    LEFT JOIN agencies g ON c.kind = 'company' AND g.company_id = c.company_id`;
  return new Map(rows.map((row) => [row.resourceId, {
    ...row,
    refreshToken: row.refreshToken && open(keys, row.refreshToken, tokenContext(row.id, "refresh_token")),
    mintedToken: row.mintedToken && open(keys, row.mintedToken, mintedTokenContext(row.id)),
  }]));
}
