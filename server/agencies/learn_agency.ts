/** Keeps what HighLevel tells of an agency beside its tokens: its name, and the host under which it shows HighLevel. */
import type { Queryable } from "../db/connect_database.ts";

export interface AgencyFacts {
  readonly companyId: string;
  /** `null`: not told, what is known stays. */
  readonly name: string | null;
  /** `null`: it has none. `undefined`: not told, what is known stays. */
  readonly whitelabelDomain: string | null | undefined;
}

/** The latest word counts. Whether the agency is connected does not matter. */
export async function learnAgency(
  db: Queryable,
  { companyId, name, whitelabelDomain }: AgencyFacts,
): Promise<void> {
  const isTold = whitelabelDomain !== undefined;
  await db`
    INSERT INTO agencies AS g (company_id, name, whitelabel_domain)
    VALUES (${companyId}, ${name}, ${whitelabelDomain ?? null})
    ON CONFLICT (company_id) DO UPDATE SET
      name = coalesce(excluded.name, g.name),
      whitelabel_domain = CASE WHEN ${isTold} THEN excluded.whitelabel_domain ELSE g.whitelabel_domain END`;
}
