import assert from "node:assert/strict";
import { Hono } from "hono";
import { connectionRefreshPath } from "#shared/endpoints.ts";
import type { AfterInstall } from "../../../server/connections/install_from_marketplace.ts";
import type { AppEnv } from "../../../server/http/context.ts";
import { CALLS_PER_MINUTE, createRateLimiter } from "../../../server/http/rate_limit.ts";
import { requestId } from "../../../server/http/request_id.ts";
import { pageHeaders } from "../../../server/http/security_headers.ts";
import { createLogger } from "../../../server/log.ts";
import { oauthCallbackRoute } from "../../../server/routes/oauth_callback.ts";
import { DEFAULT_COMPANIES, DEFAULT_LOCATIONS } from "../../simulator/default_settings.ts";
import { redirectOf } from "../../support/test_browser.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import {
  chooseLocation,
  connect,
  createAttempt,
  createTestRelatch,
  LOCATION_ID,
  PUBLIC_URL,
  readStatus,
  type TestRelatch,
} from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const postgres = testPostgresForFile();

const CALLBACK = `${PUBLIC_URL}/oauth/callback`;
const OTHER_LOCATION_ID = DEFAULT_LOCATIONS[1]?.id ?? "";
const COMPANY_ID = DEFAULT_COMPANIES[0]?.id ?? "";

interface VisitedPage {
  readonly outcome: string;
  readonly html: string;
  /** What a person reads. */
  readonly text: string;
}

/** A visit with this query. Window routes answer with a page of status 200, whatever happened. */
async function visit(
  { app }: { app: Hono<AppEnv> },
  query = "",
  init: RequestInit = {},
): Promise<VisitedPage> {
  const response = await app.request(`${CALLBACK}${query}`, init);
  const html = await response.text();
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") ?? "", /^text\/html/);
  assert.equal(response.headers.get("cache-control"), "no-store");
  const main = html.slice(html.indexOf("<main"));
  const text = main.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ").trim();
  return { outcome: /data-outcome="(\w+)"/.exec(main)?.[1] ?? "none", html, text };
}

function codeQuery({ simulator }: TestRelatch, installer: "location" | "agency" = "location"): string {
  return `?code=${simulator.issueCode({ installer })}`;
}

function exchanges({ simulator }: TestRelatch): number {
  return simulator.ledger.calls().filter(({ grantType }) => grantType === "authorization_code").length;
}

const nothingAfter: AfterInstall = () => Promise.resolve();

/** The callback's route alone, with other work to be done after an install. */
async function withAfterInstall<T>(
  { relatch, afterInstall }: { relatch: TestRelatch; afterInstall: AfterInstall },
  use: (site: { app: Hono<AppEnv>; logLines: readonly string[] }) => Promise<T>,
): Promise<T> {
  const { config, database, keys, rotation, simulator } = relatch;
  const logLines: string[] = [];
  const rateLimiter = createRateLimiter();
  const route = oauthCallbackRoute({
    config,
    database,
    keys,
    gate: rotation.gate,
    logger: createLogger({ level: "debug", write: (line) => logLines.push(line) }),
    rateLimiter,
    fetch: async (input, init) => await simulator.app.fetch(new Request(input, init)),
    now: Date.now,
    afterInstall,
  });
  const app = new Hono<AppEnv>().use(requestId(), pageHeaders()).route("/", route);
  try {
    return await use({ app, logLines });
  } finally {
    // Its timer.
    await rateLimiter.delete("unknown");
  }
}

Deno.test("an install that HighLevel started is stored, and the page says of what and what to do next", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { outcome, text } = await visit(relatch, codeQuery(relatch));
  assert.equal(outcome, "installed");
  assert.match(text, new RegExp(`The app is installed .* Location ${LOCATION_ID} To see the connection`));
  assert.match(text, /open Relatch on a page of this location and click Connect/);
  const rows = await relatch
    .database`SELECT kind, location_id FROM connections WHERE refresh_token IS NOT NULL`;
  assert.deepEqual(rows.map((row) => [row.kind, row.location_id]), [["location", LOCATION_ID]]);
});

Deno.test("an agency's install says that its locations are being listed as long as they are", async () => {
  await using relatch = await createTestRelatch(postgres);
  await withAfterInstall({ relatch, afterInstall: nothingAfter }, async (site) => {
    const { outcome, text } = await visit(site, codeQuery(relatch, "agency"));
    assert.equal(outcome, "installed");
    assert.match(text, new RegExp(`Agency ${COMPANY_ID} Its locations are being listed`));
    assert.match(text, /open Relatch on a page of one of its locations and click Connect/);
  });
});

Deno.test("a location is named on the page as soon as its name is known", async () => {
  await using relatch = await createTestRelatch(postgres);
  const afterInstall: AfterInstall = async ({ connectionId }) => {
    await relatch.database`UPDATE connections SET location_name = 'Harbor Dental' WHERE id = ${connectionId}`;
  };
  await withAfterInstall({ relatch, afterInstall }, async (site) => {
    const { text } = await visit(site, codeQuery(relatch));
    assert.match(text, new RegExp(`Location Harbor Dental ${LOCATION_ID}`));
  });
});

const COUNTED: readonly [number, RegExp][] = [
  [0, /None of its locations has the app yet/],
  [1, /1 location connected/],
  [3, /3 locations connected/],
  [10_000, /10,000 locations connected/],
];
for (const [count, words] of COUNTED) {
  Deno.test(`an agency with ${count} listed locations is named with them on the page`, async () => {
    await using relatch = await createTestRelatch(postgres);
    const told: unknown[] = [];
    const afterInstall: AfterInstall = async (install) => {
      told.push(install);
      await list(relatch, { count, at: "now" });
    };
    await withAfterInstall({ relatch, afterInstall }, async (site) => {
      const { text } = await visit(site, codeQuery(relatch, "agency"));
      assert.match(text, /Agency Northlight/);
      assert.match(text, words);
    });
    const [row] = await relatch.database`SELECT id FROM connections WHERE kind = 'company'`;
    assert.deepEqual(told, [{ connectionId: row?.id, companyId: COMPANY_ID, kind: "company" }]);
  });
}

async function list(
  { database }: TestRelatch,
  { count, at }: { count: number; at: "now" | "an hour ago" },
): Promise<void> {
  const secondsAgo = at === "now" ? 0 : 3600;
  await database`
    INSERT INTO agencies (company_id, name, listed_at, listed_locations)
    VALUES (${COMPANY_ID}, 'Northlight', now() - make_interval(secs => ${secondsAgo}), ${count})
    ON CONFLICT (company_id) DO UPDATE SET
      name = excluded.name, listed_at = excluded.listed_at, listed_locations = excluded.listed_locations`;
}

Deno.test("a list from before a new install of the agency is not given as what it reaches now", async () => {
  await using relatch = await createTestRelatch(postgres);
  await list(relatch, { count: 3, at: "an hour ago" });
  await withAfterInstall({ relatch, afterInstall: nothingAfter }, async (site) => {
    const { text } = await visit(site, codeQuery(relatch, "agency"));
    assert.match(text, /Agency Northlight .* Its locations are being listed/);
  });
});

/** Ways in which the work after an install fails. */
const FAILURES: readonly AfterInstall[] = [
  () => Promise.reject(new Error("Cannot list the locations")),
  () => {
    throw new Error("Cannot list the locations");
  },
];

Deno.test("what fails after the tokens are stored does not make the install a failure", async () => {
  await using relatch = await createTestRelatch(postgres);
  for (const afterInstall of FAILURES) {
    await withAfterInstall({ relatch, afterInstall }, async (site) => {
      assert.equal((await visit(site, codeQuery(relatch))).outcome, "installed");
      assert.ok(site.logLines.some((line) => line.includes('"event":"after_install_failed"')));
    });
  }
});

Deno.test("what fails after the tokens are stored does not make a private flow a failure", async () => {
  await using relatch = await createTestRelatch(postgres);
  for (const afterInstall of FAILURES) {
    await withAfterInstall({ relatch, afterInstall }, async (site) => {
      const browser = relatch.createBrowser();
      const callback = await chooseLocation(browser, createAttempt());
      const cookie = [...browser.cookies(PUBLIC_URL)].map((pair) => pair.join("=")).join("; ");
      const returned = await redirectOf(await site.app.request(callback, { headers: { cookie } }));
      assert.match(returned.searchParams.get("code") ?? "", /^[\w-]{43}$/);
    });
  }
});

Deno.test("a summary that cannot be read does not make the install a failure", async () => {
  await using relatch = await createTestRelatch(postgres);
  const afterInstall: AfterInstall = async () => {
    await relatch.database`ALTER TABLE agencies RENAME TO agencies_away`;
  };
  await withAfterInstall({ relatch, afterInstall }, async (site) => {
    const { outcome, text } = await visit(site, codeQuery(relatch));
    assert.equal(outcome, "installed");
    assert.match(text, new RegExp(LOCATION_ID));
  });
});

Deno.test("names from HighLevel stand on the page as text, and long ones are cut", async () => {
  await using relatch = await createTestRelatch(postgres);
  const names: readonly [string, string][] = [
    ["<script>alert(1)</script>\"&'", "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp;&#39;</bdi>"],
    ["עסק קטן בתל אביב", "<bdi>עסק קטן בתל אביב</bdi>"],
    ["x".repeat(1000), `<bdi>${"x".repeat(79)}…</bdi>`],
    ["🌊".repeat(200), `<bdi>${"🌊".repeat(79)}…</bdi>`],
  ];
  for (const [name, markup] of names) {
    const afterInstall: AfterInstall = async () => {
      await relatch.database`UPDATE connections SET location_name = ${name}`;
    };
    await withAfterInstall({ relatch, afterInstall }, async (site) => {
      const { html } = await visit(site, codeQuery(relatch));
      assert.ok(html.includes(markup), html);
    });
  }
});

Deno.test("neither the page nor the log of a marketplace install holds a credential", async () => {
  await using relatch = await createTestRelatch(postgres);
  const query = codeQuery(relatch);
  const pages = [await visit(relatch, query), await visit(relatch, query)];
  const written = [...pages.map(({ html }) => html), ...relatch.logLines].join("\n");
  const secrets = relatch.simulator.ledger.secretsIssued();
  assert.ok(secrets.length > 3);
  for (const secret of secrets) assert.ok(!written.includes(secret));
});

Deno.test("a marketplace install is refused with a page when the switch is off, and exchanges nothing", async () => {
  await using relatch = await createTestRelatch(postgres, {
    settings: { ALLOW_MARKETPLACE_INSTALLS: "false" },
  });
  const { outcome, text } = await visit(relatch, codeQuery(relatch));
  assert.equal(outcome, "marketplace_installs_off");
  assert.match(text, /switched off .* Nothing was stored/);
  assert.equal(exchanges(relatch), 0);
  await connect(relatch);
  assert.equal(exchanges(relatch), 1, "the private flow goes on");
});

/** What a visit gets that brings no code which could be one, or does not come to finish an install. */
const LOOKS: readonly [what: string, query: string, init: RequestInit][] = [
  ["without a query", "", {}],
  ["with an empty code", "?code=", {}],
  ["with an empty code and state", "?code=&state=", {}],
  ["with a code too short to be one", "?code=abc", {}],
  ["with a code too long to be one", `?code=${"a".repeat(513)}`, {}],
  ["with a code of odd characters", "?code=%3Cscript%3Ealert(1)%3C%2Fscript%3E", {}],
  ["with a code of control characters", "?code=0123456789%00%0d%0aX:y", {}],
  ["with a code that is not UTF-8", "?code=%E0%A4%A0123456789%", {}],
  ["with a list in the place of a code", "?code[]=0123456789abcdef", {}],
  ["with two codes", "?code=0123456789abcdef&code=fedcba9876543210", {}],
  ["with the same code twice", "?code=0123456789abcdef&code=0123456789abcdef", {}],
  ["with an error", "?error=access_denied", {}],
  ["of HEAD", "?code=0123456789abcdef", { method: "HEAD" }],
  ["of OPTIONS", "?code=0123456789abcdef", { method: "OPTIONS" }],
  ["of POST", "?code=0123456789abcdef", { method: "POST", body: "code=0123456789abcdef" }],
  ["of DELETE", "?code=0123456789abcdef", { method: "DELETE" }],
];
Deno.test("a visit that brings no code to exchange gets a calm page and costs HighLevel nothing", async () => {
  await using relatch = await createTestRelatch(postgres);
  for (const [what, query, init] of LOOKS) {
    const { outcome, html } = await visit(relatch, query, init);
    if (init.method === "HEAD") continue;
    assert.equal(outcome, "nothing_to_do", what);
    assert.match(html, /class="mark calm"/, what);
  }
  assert.deepEqual(relatch.simulator.ledger.calls(), []);
  const [row] = await relatch.database`SELECT count(*) FROM connections`;
  assert.equal(row?.count, "0");
});

Deno.test("two states get the page of an unknown attempt and cost HighLevel nothing", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { outcome } = await visit(relatch, `${codeQuery(relatch)}&state=one&state=two`);
  assert.equal(outcome, "attempt_unknown");
  assert.equal(exchanges(relatch), 0);
});

Deno.test("a code with an empty state is one without a state", async () => {
  await using relatch = await createTestRelatch(postgres);
  assert.equal((await visit(relatch, `${codeQuery(relatch)}&state=`)).outcome, "installed");
});

Deno.test("whatever only looks at the callback's address does not spend the code in it", async () => {
  await using relatch = await createTestRelatch(postgres);
  const query = codeQuery(relatch);
  for (const method of ["HEAD", "OPTIONS", "POST"]) await visit(relatch, query, { method });
  assert.equal((await visit(relatch, query)).outcome, "installed");
});

Deno.test("a code that HighLevel does not know gets a calm page and costs one call, however often it comes", async () => {
  await using relatch = await createTestRelatch(postgres);
  for (let visits = 0; visits < 3; visits++) {
    const { outcome, html, text } = await visit(relatch, `?code=${"0".repeat(40)}`);
    assert.equal(outcome, "code_rejected");
    assert.match(html, /class="mark calm"/);
    assert.match(text, /Reloading it is fine: what is connected stays connected/);
    assert.match(text, /install it again/);
  }
  assert.deepEqual(relatch.simulator.ledger.callCounts(), { authorization_code: { code_not_found: 1 } });
});

Deno.test("a reload after the install gets a calm page without asking HighLevel, and spoils nothing", async () => {
  await using relatch = await createTestRelatch(postgres);
  const query = codeQuery(relatch);
  assert.equal((await visit(relatch, query)).outcome, "installed");
  const { outcome, text } = await visit(relatch, query);
  assert.equal(outcome, "code_rejected");
  assert.ok(!text.includes(LOCATION_ID), "the address is no key to what was installed");
  assert.deepEqual(relatch.simulator.ledger.callCounts(), { authorization_code: { issued: 1 } });
  const rows = await relatch.database`SELECT generation FROM connections WHERE refresh_token IS NOT NULL`;
  assert.deepEqual(rows.map(({ generation }) => generation), ["1"]);
});

Deno.test("a reload while the install is under way gets its page, and HighLevel one call", async () => {
  await using relatch = await createTestRelatch(postgres);
  const query = codeQuery(relatch);
  const pages = await Promise.all([visit(relatch, query), visit(relatch, query), visit(relatch, query)]);
  assert.deepEqual(pages.map(({ outcome }) => outcome), ["installed", "installed", "installed"]);
  assert.deepEqual(relatch.simulator.ledger.callCounts(), { authorization_code: { issued: 1 } });
  const events = await relatch.database`SELECT event FROM connection_events`;
  assert.deepEqual(events.map(({ event }) => event), ["connected"]);
});

Deno.test("a reload on another replica costs one call, and spoils nothing", async () => {
  await using relatch = await createTestRelatch(postgres);
  const query = codeQuery(relatch);
  await visit(relatch, query);
  await withAfterInstall({ relatch, afterInstall: nothingAfter }, async (replica) => {
    assert.equal((await visit(replica, query)).outcome, "code_rejected");
  });
  assert.equal(exchanges(relatch), 2);
  const rows = await relatch.database`SELECT generation FROM connections WHERE refresh_token IS NOT NULL`;
  assert.deepEqual(rows.map(({ generation }) => generation), ["1"]);
});

Deno.test("a code that could not be exchanged or stored can be tried again", async () => {
  await using relatch = await createTestRelatch(postgres);
  const query = codeQuery(relatch);
  relatch.simulator.faults.next({ route: "token", kind: "bad_gateway_html" });
  assert.equal((await visit(relatch, query)).outcome, "highlevel_unavailable");
  assert.equal((await visit(relatch, query)).outcome, "installed");
});

Deno.test("a database that is away gets a page, and the code is not spent", async () => {
  await using relatch = await createTestRelatch(postgres);
  const query = codeQuery(relatch);
  await relatch.database.end({ timeout: 0 });
  assert.equal((await visit(relatch, query)).outcome, "server_error");
  assert.equal(exchanges(relatch), 0);
});

Deno.test("visits above the limit get a page of status 200, and cost HighLevel nothing", async () => {
  await using relatch = await createTestRelatch(postgres);
  const outcomes = new Map<string, number>();
  for (let visits = 0; visits < 200; visits++) {
    const { outcome } = await visit(relatch, `?code=${String(visits).padStart(40, "0")}`);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  assert.deepEqual([...outcomes], [["code_rejected", CALLS_PER_MINUTE], [
    "rate_limited",
    200 - CALLS_PER_MINUTE,
  ]]);
  assert.equal(exchanges(relatch), CALLS_PER_MINUTE);
});

/** What the histories of a connection's row tell, in order. */
async function historyOf({ database }: TestRelatch, connectionId: string): Promise<string[]> {
  const events = await database<{ event: string; cause: string }[]>`
    SELECT event, cause FROM connection_events WHERE connection_id = ${connectionId} ORDER BY id`;
  return events.map(({ event, cause }) => `${event} ${cause}`);
}

async function installedIds({ database }: TestRelatch): Promise<string[]> {
  const rows = await database<{ id: string }[]>`SELECT id FROM connections WHERE refresh_token IS NOT NULL`;
  return rows.map(({ id }) => id);
}

async function mayRefresh({ app }: TestRelatch, token: string, connectionId: string): Promise<boolean> {
  const response = await app.request(connectionRefreshPath(connectionId), {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
  });
  await response.body?.cancel();
  assert.ok([200, 404].includes(response.status), `${response.status}`);
  return response.status === 200;
}

for (const installer of ["location", "agency"] as const) {
  Deno.test(`${installer}: a marketplace install gives no session anything, and a private flow adopts its row`, async () => {
    await using relatch = await createTestRelatch(postgres);
    const browser = relatch.createBrowser();
    // A session of the same browser, which knows another location.
    const earlier = await connect(relatch, { browser, locationId: OTHER_LOCATION_ID });
    const page = await browser.open(`${CALLBACK}${codeQuery(relatch, installer)}`);
    assert.equal(page.headers.get("set-cookie"), null);
    await page.body?.cancel();
    const [id = ""] = (await installedIds(relatch)).filter((id) => id !== earlier.connection.connectionId);
    assert.notEqual(id, "");

    const [counts] = await relatch.database`
      SELECT (SELECT count(*) FROM sessions) AS sessions, (SELECT count(*) FROM grant_codes) AS codes,
        (SELECT count(*) FROM session_grants WHERE connection_id = ${id}) AS grants`;
    assert.deepEqual({ ...counts }, { sessions: "1", codes: "0", grants: "0" });
    const seen = await readStatus(relatch.app, earlier.token);
    const unknown = await readStatus(relatch.app, earlier.token, "AAAAAAAAAAAAAAAAAAAA");
    assert.deepEqual({ ...seen, locationId: "" }, { ...unknown, locationId: "" });
    assert.equal(await mayRefresh(relatch, earlier.token, id), false);

    relatch.simulator.switches.installer = installer;
    const { token, connection } = await connect(relatch);
    assert.equal(connection.connectionId, id, "no second connection appears");
    assert.equal(connection.state, "connected");
    assert.deepEqual((await historyOf(relatch, id)).slice(0, 2), [
      "connected marketplace_install",
      "reauthorized private_flow",
    ]);
    assert.equal(await mayRefresh(relatch, token, id), true);
    assert.equal(await mayRefresh(relatch, earlier.token, id), false, "only the flow's own session may");
  });

  Deno.test(`${installer}: a marketplace install after a private flow renews its row, and changes nobody's rights`, async () => {
    await using relatch = await createTestRelatch(postgres);
    const stranger = await connect(relatch, { locationId: OTHER_LOCATION_ID });
    relatch.simulator.switches.installer = installer;
    const { token, connection } = await connect(relatch);
    const id = connection.connectionId ?? "";
    assert.equal((await visit(relatch, codeQuery(relatch, installer))).outcome, "installed");
    assert.deepEqual(
      (await installedIds(relatch)).toSorted(),
      [id, stranger.connection.connectionId ?? ""].toSorted(),
      "no second connection appears",
    );
    assert.deepEqual((await historyOf(relatch, id)).slice(0, 2), [
      "connected private_flow",
      "reauthorized marketplace_install",
    ]);
    assert.equal(await mayRefresh(relatch, token, id), true);
    assert.equal(await mayRefresh(relatch, stranger.token, id), false);
  });
}

Deno.test("a private flow of an agency's user is granted the agency's connection, and its page is not shown", async () => {
  await using relatch = await createTestRelatch(postgres);
  relatch.simulator.switches.installer = "agency";
  const { token, connection } = await connect(relatch);
  assert.deepEqual([connection.kind, connection.companyId, connection.locationId], [
    "company",
    COMPANY_ID,
    null,
  ]);
  const grants = await relatch.database`
    SELECT g.connection_id FROM session_grants g JOIN connections c ON c.id = g.connection_id AND c.kind = 'company'`;
  assert.deepEqual(grants.map((row) => row.connection_id), [connection.connectionId]);
  assert.equal(await mayRefresh(relatch, token, connection.connectionId ?? ""), true);
});
