import assert from "node:assert/strict";
import * as v from "valibot";
import { AccessTokenResponse } from "#shared/access_token.ts";
import { companyTokenPath, locationTokenPath } from "#shared/endpoints.ts";
import type { KeyScope } from "../../../server/api_keys/key_scope.ts";
import { createKey } from "../../../server/api_keys/key_text.ts";
import { storeKey } from "../../../server/api_keys/stored_keys.ts";
import { digestOf } from "../../../server/crypto/opaque_token.ts";
import { failure } from "../../../server/result.ts";
import type { TokenRefusal } from "../../../server/rotation/rotator.ts";
import { LIVE_TOKEN } from "../../support/fake_rotator.ts";
import {
  askWithKey,
  COMPANY,
  createRotatedRelatch,
  FOREIGN,
  insertTree,
  LOCATION,
  LONE,
  makeKey,
  OTHER_COMPANY,
  SIBLING,
} from "../../support/rotated_relatch.ts";
import { testPostgresForFile } from "../../support/test_postgres.ts";
import { connect, createTestRelatch } from "../../support/test_relatch.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const postgres = testPostgresForFile();

async function codeOf(response: Response): Promise<[number, string]> {
  return [response.status, (await response.json()).error.code];
}

Deno.test("GET /api/locations/…/token gives a location's key the live token of its location", async () => {
  await using relatch = await createRotatedRelatch(postgres);
  const { location } = await insertTree(relatch);
  const { text: key } = await makeKey(relatch, { kind: "location", id: LOCATION });
  const response = await askWithKey(relatch, locationTokenPath(LOCATION), key);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("cache-control"), "no-store");
  const body = await response.json();
  assert.ok(v.is(AccessTokenResponse, body));
  const { ageSeconds: _, ...told } = LIVE_TOKEN;
  assert.deepEqual(body, { ...told, tokenType: "Bearer", expiresAt: "2031-02-03T04:05:06.789Z" });
  assert.deepEqual(relatch.rotator.asked, [[location, 60]]);
});

Deno.test("GET /api/companies/…/token gives a company's key the live token of its company", async () => {
  await using relatch = await createRotatedRelatch(postgres);
  const { company } = await insertTree(relatch);
  const { text: key } = await makeKey(relatch, { kind: "company", id: COMPANY });
  assert.equal((await askWithKey(relatch, companyTokenPath(COMPANY), key)).status, 200);
  assert.deepEqual(relatch.rotator.asked, [[company, 60]]);
});

Deno.test("minTtl goes to the rotator as whole seconds from 0 to 12 hours", async () => {
  await using relatch = await createRotatedRelatch(postgres);
  await insertTree(relatch);
  const { text: key } = await makeKey(relatch, { kind: "location", id: LOCATION });
  for (const minTtl of ["0", "1", "60", "00060", "43200"]) {
    assert.equal(
      (await askWithKey(relatch, `${locationTokenPath(LOCATION)}?minTtl=${minTtl}`, key)).status,
      200,
    );
  }
  assert.deepEqual(relatch.rotator.asked.map(([, minTtl]) => minTtl), [0, 1, 60, 60, 43_200]);
});

Deno.test("minTtl of any other form is refused before the database and the rotator are asked", async () => {
  await using relatch = await createRotatedRelatch(postgres);
  const { text } = createKey();
  const refused = [
    "minTtl=",
    "minTtl",
    "minTtl=-1",
    "minTtl=%2B1",
    "minTtl=1.5",
    "minTtl=1e3",
    "minTtl=0x10",
    "minTtl=43201",
    "minTtl=100000",
    `minTtl=${"9".repeat(400)}`,
    "minTtl=NaN",
    "minTtl=%201",
    "minTtl=1%0A",
    "minTtl=%D9%A3",
    "minTtl=60&minTtl=60",
    "minTtl=1;DROP TABLE connections",
  ];
  for (const query of refused) {
    const response = await askWithKey(relatch, `${locationTokenPath(LOCATION)}?${query}`, text);
    assert.deepEqual(await codeOf(response), [400, "invalid_request"], query);
  }
  assert.deepEqual(relatch.rotator.asked, []);
});

Deno.test("a key sees what its scope covers, and everything else as if it did not exist", async () => {
  await using relatch = await createRotatedRelatch(postgres);
  const ids = await insertTree(relatch);
  const paths = {
    location: locationTokenPath(LOCATION),
    sibling: locationTokenPath(SIBLING),
    foreign: locationTokenPath(FOREIGN),
    lone: locationTokenPath(LONE),
    company: companyTokenPath(COMPANY),
    otherCompany: companyTokenPath(OTHER_COMPANY),
  };
  const unknown = [
    locationTokenPath("LocationNotThere0001"),
    companyTokenPath("CompanyNotThere00001"),
    // An id of the other kind.
    locationTokenPath(COMPANY),
    companyTokenPath(LOCATION),
  ];
  const scopes: [KeyScope, (keyof typeof paths)[]][] = [
    [{ kind: "location", id: LOCATION }, ["location"]],
    [{ kind: "location", id: LONE }, ["lone"]],
    [{ kind: "location", id: COMPANY }, []],
    [{ kind: "location", id: "LocationNotThere0001" }, []],
    [{ kind: "company", id: COMPANY }, ["location", "sibling", "company"]],
    [{ kind: "company", id: OTHER_COMPANY }, ["foreign", "otherCompany"]],
    [{ kind: "company", id: LOCATION }, []],
  ];
  const refusals = new Set<string>();
  for (const [scope, seen] of scopes) {
    const { text: key } = await makeKey(relatch, scope);
    const before = relatch.rotator.asked.length;
    const given: string[] = [];
    for (const [name, path] of Object.entries(paths)) {
      const response = await askWithKey(relatch, path, key);
      if (response.status === 200) given.push(name);
      else refusals.add(`${response.status} ${await response.text()}`);
    }
    for (const path of unknown) {
      const response = await askWithKey(relatch, path, key);
      refusals.add(`${response.status} ${await response.text()}`);
    }
    assert.deepEqual(given, seen, JSON.stringify(scope));
    assert.deepEqual(relatch.rotator.asked.slice(before).map(([id]) => id), seen.map((name) => ids[name]));
  }
  assert.equal(refusals.size, 1);
  assert.match([...refusals][0] ?? "", /^404 .*"code":"not_found"/);
});

Deno.test("every refusal of the rotator has its status and code, and says what to do next", async () => {
  const refusals: [TokenRefusal, number, string, RegExp, string | null][] = [
    [{ reason: "not_connected" }, 404, "not_found", /connect it with the extension/, null],
    [{ reason: "reconnect_required" }, 409, "reconnect_required", /has to connect it again/, null],
    [{ reason: "location_paused" }, 409, "location_paused", /activate it/, null],
    [{ reason: "refresh_failing", retryAfterSeconds: 12.2 }, 503, "refresh_failing", /Retry-After/, "13"],
    [{ reason: "refresh_failing", retryAfterSeconds: 0 }, 503, "refresh_failing", /Retry-After/, "1"],
  ];
  let refusal: TokenRefusal = { reason: "not_connected" };
  await using relatch = await createRotatedRelatch(postgres, { answer: () => failure(refusal) });
  await insertTree(relatch);
  const { text: key } = await makeKey(relatch, { kind: "location", id: LOCATION });
  for (const [given, status, code, message, retryAfter] of refusals) {
    refusal = given;
    const response = await askWithKey(relatch, locationTokenPath(LOCATION), key);
    const { error } = await response.json();
    assert.deepEqual([response.status, error.code], [status, code]);
    assert.match(error.message, message);
    assert.equal(response.headers.get("retry-after"), retryAfter);
    assert.equal(response.headers.get("cache-control"), "no-store");
  }
});

Deno.test("a connection whose tokens were wiped is answered like one that never was", async () => {
  await using relatch = await createRotatedRelatch(postgres, {
    answer: () => failure({ reason: "not_connected" }),
  });
  await insertTree(relatch);
  const { text: key } = await makeKey(relatch, { kind: "location", id: LOCATION });
  assert.equal(
    await (await askWithKey(relatch, locationTokenPath(LOCATION), key)).text(),
    await (await askWithKey(relatch, locationTokenPath("LocationNotThere0001"), key)).text(),
  );
});

Deno.test("an id that cannot be one is refused before the database is asked", async () => {
  await using relatch = await createRotatedRelatch(postgres);
  const { text } = createKey();
  await relatch.database.end({ timeout: 0 });
  for (
    const id of ["short", "a".repeat(65), "../../../etc", "ve9EPM428h8vShlRW1K'", "%", "a b c d e f", "*"]
  ) {
    for (const path of [locationTokenPath(id), companyTokenPath(id)]) {
      assert.deepEqual(await codeOf(await askWithKey(relatch, path, text)), [400, "invalid_request"], path);
    }
  }
});

Deno.test("the log tells which key got the token of which connection, and holds neither key nor token", async () => {
  await using relatch = await createRotatedRelatch(postgres);
  const { location } = await insertTree(relatch);
  const { text: key, name } = await makeKey(relatch, { kind: "location", id: LOCATION });
  const wrong = createKey().text;
  await askWithKey(relatch, `${locationTokenPath(LOCATION)}?key=${key}`, key);
  await askWithKey(relatch, locationTokenPath(FOREIGN), key);
  await askWithKey(relatch, locationTokenPath(LOCATION), wrong);
  await relatch.database.end({ timeout: 0 });
  assert.deepEqual(await codeOf(await askWithKey(relatch, locationTokenPath(LOCATION), key)), [
    503,
    "unavailable",
  ]);
  const given = relatch.logLines.map((line) => JSON.parse(line)).filter(({ event }) =>
    event === "access_token_given"
  );
  assert.deepEqual(given.map(({ key_name, connection_id }) => [key_name, connection_id]), [
    [name, location],
  ]);
  const log = relatch.logLines.join("\n");
  const secrets = [key, wrong].flatMap((text) => [text.slice(25), digestOf(text).toHex()]);
  for (const secret of [...secrets, LIVE_TOKEN.accessToken, LOCATION, FOREIGN]) {
    assert.ok(!log.includes(secret), "a secret or an id of HighLevel's is in the log");
  }
});

Deno.test("a connected location's key gets the token that HighLevel gave, and no log line holds it", async () => {
  await using relatch = await createTestRelatch(postgres);
  const { connection } = await connect(relatch);
  const locationId = connection.locationId ?? "";
  const stored = await storeKey(relatch.database, {
    name: "crm",
    scope: { kind: "location", id: locationId },
  });
  assert.ok(stored.ok);
  const response = await relatch.app.request(locationTokenPath(locationId), {
    headers: { authorization: `Bearer ${stored.value}` },
  });
  const token = v.parse(AccessTokenResponse, await response.json());
  assert.equal(token.locationId, locationId);
  assert.equal(token.expiresAt, connection.accessTokenExpiresAt);
  const issued = relatch.simulator.ledger.secretsIssued();
  assert.ok(issued.includes(token.accessToken));
  const log = relatch.logLines.join("\n");
  for (const secret of [stored.value, ...issued]) assert.ok(!log.includes(secret), "a secret is in the log");
});
