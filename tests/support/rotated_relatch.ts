/** Routes that ask a rotator, with a fake one behind them, and connections that were never anywhere else. */
import type { KeyScope } from "../../server/api_keys/key_scope.ts";
import { storeKey } from "../../server/api_keys/stored_keys.ts";
import { createFakeRotator, type FakeRotator, type FakeRotatorOptions } from "./fake_rotator.ts";
import type { TestPostgres } from "./test_postgres.ts";
import { createTestRelatch, type TestRelatch } from "./test_relatch.ts";

export interface RotatedRelatch extends TestRelatch {
  readonly rotator: FakeRotator;
}

export async function createRotatedRelatch(
  postgres: Pick<TestPostgres, "createDatabase">,
  { settings = {}, ...rotatorOptions }: FakeRotatorOptions & { settings?: Record<string, string> } = {},
): Promise<RotatedRelatch> {
  const rotator = createFakeRotator(rotatorOptions);
  const relatch = await createTestRelatch(postgres, { settings, dependencies: { tokens: rotator } });
  return { ...relatch, rotator };
}

/** A row without tokens, which a fake rotator does not miss; its id. */
export async function insertConnection(
  { database }: TestRelatch,
  { kind, locationId = null, companyId = null }: {
    kind: "location" | "company";
    locationId?: string | null;
    companyId?: string | null;
  },
): Promise<string> {
  const [row] = await database<{ id: string }[]>`
    INSERT INTO connections (id, kind, location_id, company_id)
    VALUES (gen_random_uuid(), ${kind}, ${locationId}, ${companyId}) RETURNING id`;
  return row?.id ?? "";
}

export const LOCATION = "LocationOfTheAgency1";
export const SIBLING = "LocationOfTheAgency2";
export const FOREIGN = "LocationOfAnother001";
export const LONE = "LocationOfNobody0001";
export const COMPANY = "CompanyOfTheAgency01";
export const OTHER_COMPANY = "CompanyOfAnother0001";

type TreeName = "location" | "sibling" | "foreign" | "lone" | "company" | "otherCompany";

/** Two agencies with directly installed locations, and a location whose company is unknown; their connection ids. */
export async function insertTree(relatch: TestRelatch): Promise<Readonly<Record<TreeName, string>>> {
  return {
    location: await insertConnection(relatch, { kind: "location", locationId: LOCATION, companyId: COMPANY }),
    sibling: await insertConnection(relatch, { kind: "location", locationId: SIBLING, companyId: COMPANY }),
    foreign: await insertConnection(relatch, {
      kind: "location",
      locationId: FOREIGN,
      companyId: OTHER_COMPANY,
    }),
    lone: await insertConnection(relatch, { kind: "location", locationId: LONE }),
    company: await insertConnection(relatch, { kind: "company", companyId: COMPANY }),
    otherCompany: await insertConnection(relatch, { kind: "company", companyId: OTHER_COMPANY }),
  };
}

let keys = 0;

/** A fresh key of this scope under a name of its own. */
export async function makeKey(
  { database }: TestRelatch,
  scope: KeyScope,
): Promise<{ name: string; text: string }> {
  keys += 1;
  const name = `key-${keys}`;
  const stored = await storeKey(database, { name, scope });
  if (!stored.ok) throw new Error(`Cannot make the key "${name}"`);
  return { name, text: stored.value };
}

/** `GET path` with a key. A request id of one's own makes bodies comparable. */
export async function askWithKey({ app }: TestRelatch, path: string, key: string): Promise<Response> {
  return await app.request(path, { headers: { authorization: `Bearer ${key}`, "x-request-id": "same" } });
}
