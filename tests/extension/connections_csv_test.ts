import { csvFileName, csvOf } from "../../extension/src/connections/csv.ts";
import assert from "node:assert/strict";
import { connectedStatus } from "./fake_browser.ts";

const HEADER =
  "name,state,installed_by,location_id,company_id,connection_id,last_renewed_at,next_renewal_at," +
  "problem,problem_since,missing_scopes";

Deno.test("csvOf() writes one line a connection, with ISO times, and nothing for what is absent", () => {
  const troubled = connectedStatus({
    state: "degraded",
    companyId: "Kx4vQ9tZpW2mB7nLdR1s",
    lastRefreshedAt: "2026-01-30T10:00:00.000Z",
    nextRefreshAt: "2026-01-31T08:00:00.000Z",
    missingScopes: ["a.read", "b.write"],
    problem: { code: "rate_limited", since: "2026-01-31T07:00:00.000Z", retryAt: null },
  });
  assert.equal(
    csvOf([connectedStatus(), troubled]),
    "\uFEFF" + [
      HEADER,
      "Bright Smile Dental,connected,location,ve9EPM428h8vShlRW1KT,,connection-1,,,,,",
      "Bright Smile Dental,degraded,location,ve9EPM428h8vShlRW1KT,Kx4vQ9tZpW2mB7nLdR1s,connection-1," +
      "2026-01-30T10:00:00.000Z,2026-01-31T08:00:00.000Z,rate_limited,2026-01-31T07:00:00.000Z,a.read b.write",
      "",
    ].join("\r\n"),
  );
});

Deno.test("csvOf() has the names of the columns also without a connection", () => {
  assert.equal(csvOf([]), `\uFEFF${HEADER}\r\n`);
});

Deno.test("csvOf() quotes as RFC 4180 says, and lets no name be a formula", () => {
  const cases: [string, string][] = [
    ["Plain & simple name", "Plain & simple name"],
    // Where a comma parts decimals, a spreadsheet parts cells at the semicolon.
    ["Smile Dental;=1+1;", '"Smile Dental;=1+1;"'],
    ["Smith, Jones", '"Smith, Jones"'],
    ['The "Best"', '"The ""Best"""'],
    ["two\nlines", '"two\nlines"'],
    ["two\r\nlines", '"two\r\nlines"'],
    ['=HYPERLINK("x","y")', `"'=HYPERLINK(""x"",""y"")"`],
    ["+1 555", "'+1 555"],
    ["-2+3", "'-2+3"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\t=1", `"'\t=1"`],
    ["\r=1", `"'\r=1"`],
    ["＝1+1", "'＝1+1"],
    ["a=b", "a=b"],
    ["日本橋", "日本橋"],
  ];
  for (const [locationName, cell] of cases) {
    const line = csvOf([connectedStatus({ locationName })]).slice(1 + HEADER.length + 2);
    assert.ok(line.startsWith(`${cell},connected,`), JSON.stringify(line));
  }
});

Deno.test("csvFileName() has the day where the person is", () => {
  const late = new Date(2026, 0, 31, 23, 30).getTime();
  assert.equal(csvFileName(late), "relatch-connections-2026-01-31.csv");
});
