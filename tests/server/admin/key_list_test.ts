import assert from "node:assert/strict";
import { keysAsJson, keyTable } from "../../../server/admin/key_list.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const ID = "ve9EPM428h8vShlRW1KT";
const KEYS = [
  {
    id: "0123456789abcdef",
    name: "crm",
    scope: { kind: "location", id: ID },
    createdAt: new Date("2026-11-24T08:45:06.418Z"),
    lastUsedAt: null,
    revokedAt: null,
  },
  {
    id: "fedcba9876543210",
    name: "reports.nightly",
    scope: { kind: "company", id: ID },
    createdAt: new Date("2026-11-24T08:46:59Z"),
    lastUsedAt: new Date("2026-11-25T00:00:00Z"),
    revokedAt: new Date("2026-11-26T23:59:59Z"),
  },
] as const;

Deno.test("keyTable() lines the columns up, with times in UTC and a dash for what has not happened", () => {
  assert.equal(
    keyTable(KEYS),
    [
      "NAME             ID                SCOPE                          CREATED            LAST USED          REVOKED",
      "crm              0123456789abcdef  location ve9EPM428h8vShlRW1KT  2026-11-24 08:45Z  -                  -",
      "reports.nightly  fedcba9876543210  company ve9EPM428h8vShlRW1KT   2026-11-24 08:46Z  2026-11-25 00:00Z  2026-11-26 23:59Z",
    ].join("\n"),
  );
});

Deno.test("keysAsJson() is an array with times in ISO 8601, also when there are no keys", () => {
  const [first] = JSON.parse(keysAsJson(KEYS));
  assert.deepEqual(first, { ...KEYS[0], createdAt: "2026-11-24T08:45:06.418Z" });
  assert.deepEqual(JSON.parse(keysAsJson([])), []);
});
