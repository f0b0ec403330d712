import assert from "node:assert/strict";
import * as v from "valibot";
import { type ParsedWebhook, parseWebhook, StoredEvent } from "../../../server/webhooks/parse_event.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const APP_ID = "68f0c1a2b3d4e5f60718293a";
const LOCATION_ID = "ve9EPM428h8vShlRW1KT";
const COMPANY_ID = "Kx4vQ9tZpW2mB7nLdR1s";
const WEBHOOK_ID = "0b1c2d3e-4f50-4a61-8b72-9c83ad94be05";
const AT = "2026-01-15T09:00:00.123Z";
const DELIVERY = { timestamp: AT, webhookId: WEBHOOK_ID };

const INSTALL = {
  type: "INSTALL",
  appId: APP_ID,
  versionId: APP_ID,
  installType: "Location",
  locationId: LOCATION_ID,
  companyId: COMPANY_ID,
  userId: "c2YwN8hTqL5vXo1BzKdJ",
  companyName: "Northlight Agency",
  isWhitelabelCompany: true,
  whitelabelDetails: { domain: "app.northlight.example", logoUrl: "https://cdn.example/logo.png" },
  ...DELIVERY,
};
const UNINSTALL = { type: "UNINSTALL", appId: APP_ID, locationId: LOCATION_ID, ...DELIVERY };
const LOCATION_UPDATE = {
  type: "LocationUpdate",
  id: LOCATION_ID,
  companyId: COMPANY_ID,
  name: "Harbor Dental Studio",
  email: "office@harbor.example",
  stripeProductId: "",
  ...DELIVERY,
};

function parse(body: unknown): ParsedWebhook {
  return parseText(JSON.stringify(body));
}

function parseText(text: string): ParsedWebhook {
  return parseWebhook(new TextEncoder().encode(text), APP_ID);
}

/** The event that `body` must be. */
function eventOf(body: unknown) {
  const parsed = parse(body);
  assert.equal(parsed.kind, "event", JSON.stringify(body));
  return parsed.event;
}

/** Why `body` must be ignored. */
function whyIgnored(body: unknown): string {
  const parsed = parse(body);
  assert.equal(parsed.kind, "ignored", JSON.stringify(body));
  return parsed.why;
}

Deno.test("parseWebhook() reads every field that counts of an INSTALL", () => {
  assert.deepEqual(parse(INSTALL), {
    kind: "event",
    webhookId: WEBHOOK_ID,
    event: {
      type: "INSTALL",
      companyId: COMPANY_ID,
      locationId: LOCATION_ID,
      companyName: "Northlight Agency",
      whitelabelDomain: "app.northlight.example",
      tellsWhitelabel: true,
      at: AT,
    },
  });
});

Deno.test("parseWebhook() reads an agency's INSTALL, which tells little, and one with no company", () => {
  const nothing = { companyName: null, whitelabelDomain: null, tellsWhitelabel: false };
  assert.deepEqual(eventOf({ type: "INSTALL", appId: APP_ID, companyId: COMPANY_ID }), {
    type: "INSTALL",
    companyId: COMPANY_ID,
    locationId: null,
    at: null,
    ...nothing,
  });
  assert.deepEqual(eventOf({ type: "INSTALL", appId: APP_ID, locationId: LOCATION_ID, companyId: null }), {
    type: "INSTALL",
    companyId: null,
    locationId: LOCATION_ID,
    at: null,
    ...nothing,
  });
});

Deno.test("parseWebhook() reads UPDATE as INSTALL, and UNINSTALL with the ids that it has", () => {
  assert.deepEqual(eventOf({ ...INSTALL, type: "UPDATE", previousVersionId: "old" }), {
    ...eventOf(INSTALL),
    type: "UPDATE",
  });
  const uninstalls: [object, { companyId: string | null; locationId: string | null }][] = [
    [{ locationId: LOCATION_ID }, { companyId: null, locationId: LOCATION_ID }],
    [{ companyId: COMPANY_ID }, { companyId: COMPANY_ID, locationId: null }],
    [{ companyId: COMPANY_ID, locationId: LOCATION_ID }, { companyId: COMPANY_ID, locationId: LOCATION_ID }],
  ];
  for (const [ids, expected] of uninstalls) {
    const body = { type: "UNINSTALL", appId: APP_ID, ...ids, ...DELIVERY };
    assert.deepEqual(eventOf(body), { type: "UNINSTALL", ...expected, at: AT });
  }
});

Deno.test("parseWebhook() reads LocationCreate and LocationUpdate, which name no app", () => {
  for (const type of ["LocationCreate", "LocationUpdate"]) {
    const expected = {
      type,
      locationId: LOCATION_ID,
      companyId: COMPANY_ID,
      name: "Harbor Dental Studio",
      at: AT,
    };
    assert.deepEqual(eventOf({ ...LOCATION_UPDATE, type }), expected);
    assert.deepEqual(eventOf({ ...LOCATION_UPDATE, type, appId: APP_ID }), expected);
  }
});

Deno.test("parseWebhook() leaves other apps and other events alone, and says which type it was", () => {
  const otherApp = "0123456789abcdef01234567";
  const cases: [unknown, ParsedWebhook][] = [
    [{ ...INSTALL, appId: otherApp }, { kind: "ignored", why: "other_app", type: "INSTALL" }],
    [{ ...UNINSTALL, appId: otherApp }, { kind: "ignored", why: "other_app", type: "UNINSTALL" }],
    [{ ...LOCATION_UPDATE, appId: otherApp }, { kind: "ignored", why: "other_app", type: "LocationUpdate" }],
    [{ ...INSTALL, appId: APP_ID.toUpperCase() }, { kind: "ignored", why: "other_app", type: "INSTALL" }],
    [{ ...INSTALL, appId: "" }, { kind: "ignored", why: "other_app", type: "INSTALL" }],
    [{ ...INSTALL, type: "PLAN_CHANGE" }, { kind: "ignored", why: "other_type", type: "PLAN_CHANGE" }],
    [{ type: "ContactCreate", id: "x" }, { kind: "ignored", why: "other_type", type: "ContactCreate" }],
    [{ ...INSTALL, type: "install" }, { kind: "ignored", why: "other_type", type: "install" }],
    [{ ...INSTALL, type: "__proto__" }, { kind: "ignored", why: "other_type", type: null }],
    [{ ...INSTALL, type: "a\nforged line" }, { kind: "ignored", why: "other_type", type: null }],
    [{ ...INSTALL, type: "T".repeat(40) }, { kind: "ignored", why: "other_type", type: "T".repeat(40) }],
    [{ ...INSTALL, type: "T".repeat(41) }, { kind: "ignored", why: "other_type", type: null }],
    [{ ...INSTALL, type: "" }, { kind: "ignored", why: "other_type", type: null }],
  ];
  for (const [body, expected] of cases) assert.deepEqual(parse(body), expected, JSON.stringify(body));
});

Deno.test("parseWebhook() acts on no install event that does not say whose app it is about", () => {
  for (const body of [INSTALL, { ...INSTALL, type: "UPDATE" }, UNINSTALL]) {
    const { appId: _, ...nameless } = body;
    assert.equal(whyIgnored(nameless), "unusable");
    assert.equal(whyIgnored({ ...nameless, appId: null }), "unusable");
    assert.equal(whyIgnored({ ...nameless, appId: [APP_ID] }), "unusable");
  }
});

Deno.test("parseWebhook() takes an id that cannot be one for no event, whatever else is in order", () => {
  const malformed = [
    "",
    " ",
    "short",
    "a".repeat(65),
    `${LOCATION_ID} `,
    `${LOCATION_ID}\n`,
    "a/../../bcdefgh",
    5,
    [
      LOCATION_ID,
    ],
    {},
    true,
  ];
  for (const id of malformed) {
    for (const body of [INSTALL, UNINSTALL, { ...UNINSTALL, companyId: COMPANY_ID }]) {
      assert.equal(whyIgnored({ ...body, locationId: id }), "unusable", JSON.stringify(id));
      assert.equal(whyIgnored({ ...body, companyId: id }), "unusable", JSON.stringify(id));
    }
    assert.equal(whyIgnored({ ...LOCATION_UPDATE, id }), "unusable", JSON.stringify(id));
    assert.equal(whyIgnored({ ...LOCATION_UPDATE, companyId: id }), "unusable", JSON.stringify(id));
  }
  for (const type of ["INSTALL", "UPDATE", "UNINSTALL"]) {
    assert.equal(whyIgnored({ type, appId: APP_ID, ...DELIVERY }), "unusable");
    assert.equal(whyIgnored({ type, appId: APP_ID, companyId: null, locationId: null }), "unusable");
  }
  assert.equal(whyIgnored({ ...LOCATION_UPDATE, id: undefined }), "unusable");
});

Deno.test("parseWebhook() takes no other text for an event", () => {
  const texts = [
    "",
    "null",
    "5",
    '"INSTALL"',
    "[]",
    `[${JSON.stringify(INSTALL)}]`,
    "{}",
    "{",
    "<html></html>",
    "type=INSTALL&appId=1",
    `${JSON.stringify(INSTALL)}x`,
    JSON.stringify({ ...INSTALL, type: 5 }),
    JSON.stringify({ ...INSTALL, type: null }),
    JSON.stringify({ ...INSTALL, type: ["INSTALL"] }),
    `{"__proto__":${JSON.stringify(INSTALL)}}`,
    "[".repeat(60_000),
  ];
  for (const text of texts) {
    assert.deepEqual(parseText(text), { kind: "ignored", why: "unusable", type: null }, text.slice(0, 80));
  }
  const damaged = new TextEncoder().encode(JSON.stringify(INSTALL));
  damaged[damaged.indexOf("N".charCodeAt(0))] = 0xff;
  assert.deepEqual(parseWebhook(damaged, APP_ID), { kind: "ignored", why: "unusable", type: null });
});

Deno.test("parseWebhook() tells a missing white label from one that is none", () => {
  const { isWhitelabelCompany: _, whitelabelDetails, ...silent } = INSTALL;
  const cases: [object, [string | null, boolean]][] = [
    [{}, [null, false]],
    [{ isWhitelabelCompany: null, whitelabelDetails: null }, [null, false]],
    [{ isWhitelabelCompany: "yes", whitelabelDetails: "app.northlight.example" }, [null, false]],
    [{ isWhitelabelCompany: false }, [null, true]],
    [{ isWhitelabelCompany: false, whitelabelDetails }, [null, true]],
    [{ isWhitelabelCompany: false, whitelabelDetails: {} }, [null, true]],
    [{ whitelabelDetails: {} }, [null, true]],
    [{ whitelabelDetails }, ["app.northlight.example", true]],
    [{ isWhitelabelCompany: true, whitelabelDetails }, ["app.northlight.example", true]],
    [{ isWhitelabelCompany: true, whitelabelDetails: { domain: "no host!" } }, [null, false]],
    [{ isWhitelabelCompany: true, whitelabelDetails: {} }, [null, false]],
    [{ isWhitelabelCompany: true }, [null, false]],
    [{ whitelabelDetails: { domain: "no host!" } }, [null, false]],
  ];
  for (const [fields, expected] of cases) {
    const event = eventOf({ ...silent, ...fields });
    assert.equal(event.type, "INSTALL");
    assert.deepEqual([event.whitelabelDomain, event.tellsWhitelabel], expected, JSON.stringify(fields));
  }
});

Deno.test("parseWebhook() keeps names that a page can show and the database can store, and does without others", () => {
  const names: [unknown, string | null][] = [
    ["  Harbor Dental  ", "Harbor Dental"],
    ["Harbor\u0000Dental\n", "Harbor Dental"],
    ["Caf\u00e9 \u{1f600}", "Caf\u00e9 \u{1f600}"],
    ["   ", null],
    ["", null],
    [null, null],
    [undefined, null],
    [5, null],
    [["Harbor"], null],
    ["x".repeat(2000), "x".repeat(1000)],
  ];
  for (const [given, expected] of names) {
    const location = eventOf({ ...LOCATION_UPDATE, name: given });
    const company = eventOf({ ...INSTALL, companyName: given });
    assert.ok(location.type === "LocationUpdate" && company.type === "INSTALL");
    assert.deepEqual([location.name, company.companyName], [expected, expected], JSON.stringify(given));
  }
});

Deno.test("parseWebhook() reads HighLevel's time as UTC, however old, and does without one that is none", () => {
  const times: [unknown, string | null][] = [
    [AT, AT],
    ["2026-01-15T09:00:00Z", "2026-01-15T09:00:00.000Z"],
    ["2026-01-15T09:00:00.000+05:30", "2026-01-15T03:30:00.000Z"],
    ["2019-01-15T09:00:00.000Z", "2019-01-15T09:00:00.000Z"],
    ["2026-01-15T09:00:00", null],
    ["2026-01-15", null],
    ["2026-13-15T09:00:00Z", null],
    ["0000-01-01T00:00:00Z", null],
    ["yesterday", null],
    ["", null],
    [1_768_467_600_000, null],
    [null, null],
    [undefined, null],
    [{}, null],
  ];
  for (const [timestamp, expected] of times) {
    for (const body of [INSTALL, UNINSTALL, LOCATION_UPDATE]) {
      assert.equal(eventOf({ ...body, timestamp }).at, expected, JSON.stringify(timestamp));
    }
  }
});

Deno.test("parseWebhook() names a webhook by its id, and by the bytes of its body when it has none that can be one", () => {
  const idOf = (body: unknown): string => {
    const parsed = parse(body);
    assert.ok(parsed.kind === "event");
    return parsed.webhookId;
  };
  for (const webhookId of ["1", "x".repeat(200), "a b/c:d"]) {
    assert.equal(idOf({ ...INSTALL, webhookId }), webhookId);
  }
  for (const webhookId of [undefined, null, "", "x".repeat(201), "a\u0000", "a\n", "\u00e9", 5, {}]) {
    assert.match(idOf({ ...INSTALL, webhookId }), /^sha256:[0-9a-f]{64}$/, JSON.stringify(webhookId));
  }
  const { webhookId: _, ...nameless } = INSTALL;
  assert.equal(idOf(nameless), idOf({ ...nameless }));
  assert.notEqual(idOf(nameless), idOf({ ...nameless, timestamp: "2026-01-15T09:00:00.124Z" }));
});

Deno.test("StoredEvent reads back every event that parseWebhook() makes, and none of a version to come", () => {
  for (const body of [INSTALL, { ...INSTALL, type: "UPDATE" }, UNINSTALL, LOCATION_UPDATE]) {
    const event = eventOf(body);
    assert.deepEqual(v.parse(StoredEvent, JSON.parse(JSON.stringify(event))), event);
  }
  for (
    const event of [null, {}, { type: "LocationDelete", locationId: LOCATION_ID }, { type: "UNINSTALL" }]
  ) {
    assert.ok(!v.is(StoredEvent, event), JSON.stringify(event));
  }
});
