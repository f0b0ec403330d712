/** Keeps what HighLevel tells of an agency beside its tokens: its name, and the host under which it shows HighLevel. */
import type { Queryable } from "../db/connect_database.ts";

export interface AgencyFacts {
  readonly companyId: string;
  /** `null`: not told, what is known stays. */
  readonly name: string | null;
  /** `null`: it has none. `undefined`: not told, what is known stays. */
  readonly whitelabelDomain: string | null | undefined;
  /** By HighLevel's clock, ISO 8601; `null` when it does not say: then it is taken for news. */
  readonly toldAt: string | null;
}

/** The latest word counts, not the one that comes last. Whether the agency is connected does not matter. */
export async function learnAgency(
  db: Queryable,
  { companyId, name, whitelabelDomain, toldAt }: AgencyFacts,
): Promise<void> {
  if (name !== null) {
    await db`
      INSERT INTO agencies AS g (company_id, name, named_at) VALUES (${companyId}, ${name}, ${toldAt})
      ON CONFLICT (company_id) DO UPDATE SET
        name = excluded.name, named_at = coalesce(excluded.named_at, g.named_at)
      WHERE coalesce(excluded.named_at >= g.named_at, true)`;
  }
  if (whitelabelDomain !== undefined) {
    await db`
      INSERT INTO agencies AS g (company_id, whitelabel_domain, whitelabel_told_at)
      VALUES (${companyId}, ${whitelabelDomain}, ${toldAt})
      ON CONFLICT (company_id) DO UPDATE SET
        whitelabel_domain = excluded.whitelabel_domain,
        whitelabel_told_at = coalesce(excluded.whitelabel_told_at, g.whitelabel_told_at)
      WHERE coalesce(excluded.whitelabel_told_at >= g.whitelabel_told_at, true)`;
  }
}
