import assert from "node:assert/strict";
import { judgeTree, type TreeRow, type Truth } from "./tree_verdict.ts";

const TRUTH: Truth = {
  companies: [{ companyId: "Agency", installed: true }],
  locations: [
    { locationId: "Both", companyId: "Agency", name: "Both", direct: true, listed: true },
    { locationId: "Gone", companyId: "Agency", name: "Gone", direct: false, listed: false },
  ],
};

function row(changes: Partial<TreeRow>): TreeRow {
  return {
    kind: "location",
    resourceId: "Both",
    name: "Both",
    hasTokens: false,
    hasCiphertext: false,
    coveredBy: null,
    hasMinted: false,
    isListed: false,
    isUnsettled: false,
    ...changes,
  };
}

const AGENCY = row({
  kind: "company",
  resourceId: "Agency",
  hasTokens: true,
  hasCiphertext: true,
  isListed: true,
});
const BOTH = row({ hasTokens: true, hasCiphertext: true, coveredBy: "Agency", hasMinted: true });
const GONE = row({ resourceId: "Gone", name: "Gone" });

function judge(rows: readonly TreeRow[], changes: { truth?: Truth; unheard?: string[] } = {}): string[] {
  const { truth = TRUTH, unheard = [] } = changes;
  return judgeTree({ truth, rows, unheard: new Set(unheard), isListed: true }).map(({ what }) => what);
}

const uninstalled: Truth = {
  companies: [{ companyId: "Agency", installed: false }],
  locations: TRUTH.locations.map((location) => ({ ...location, listed: false })),
};

Deno.test("judgeTree() has nothing to say of rows that are as HighLevel has it", () => {
  assert.deepEqual(judge([AGENCY, BOTH, GONE]), []);
  assert.deepEqual(judge([AGENCY, BOTH]), []);
});

const WRONG: Readonly<Record<string, readonly [rows: TreeRow[], expected: string[]]>> = {
  "an agency that is lost": [
    [{ ...AGENCY, hasTokens: false, hasCiphertext: false, isListed: false }, {
      ...BOTH,
      coveredBy: null,
      hasMinted: false,
    }],
    [`"Agency" is installed and not connected`, `"Both" is not covered by its agency "Agency"`],
  ],
  "an agency that nobody will list": [
    [{ ...AGENCY, isListed: false }, BOTH],
    [`"Agency" is connected and will never be listed`],
  ],
  "a location's own install that is lost": [
    [AGENCY, { ...BOTH, hasTokens: false, hasCiphertext: false }],
    [`"Both" is installed and not connected`],
  ],
  "an old name": [[AGENCY, { ...BOTH, name: "Old" }], [`"Both" is called "Old" and not "Both"`]],
  "a token of an uninstalled location": [
    [AGENCY, BOTH, { ...GONE, hasCiphertext: true }],
    [`"Gone" is uninstalled and has tokens`],
  ],
  "a location that its agency does not have": [
    [AGENCY, BOTH, { ...GONE, coveredBy: "Agency" }],
    [`"Gone" is covered by "Agency", which does not have it`],
  ],
  "a minted token without coverage": [
    [AGENCY, BOTH, { ...GONE, hasMinted: true }],
    [`"Gone" is not covered and has a minted token`],
  ],
  "something that is still to be done": [[AGENCY, { ...BOTH, isUnsettled: true }], [`"Both" is not settled`]],
};

for (const [name, [rows, expected]] of Object.entries(WRONG)) {
  Deno.test(`judgeTree() finds ${name}`, () => {
    assert.deepEqual(judge(rows), expected);
  });
}

Deno.test("judgeTree() finds an agency that is wiped and goes on as if it were not", () => {
  const wiped = { ...AGENCY, hasTokens: false, hasCiphertext: false };
  assert.deepEqual(judge([wiped, BOTH], { truth: uninstalled }), [
    `"Agency" is not connected and waits to be listed`,
    `"Both" is covered by "Agency", which does not have it`,
    `"Both" is covered by "Agency", which is not connected`,
  ]);
});

Deno.test("judgeTree() expects no coverage to be known that only a lost webhook told of", () => {
  const rows = [AGENCY, { ...BOTH, coveredBy: null, hasMinted: false }, { ...GONE, coveredBy: "Agency" }];
  assert.deepEqual(judge(rows, { unheard: ["Both", "Gone"] }), []);
});
