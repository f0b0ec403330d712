/**
 * Every state of the popup in a real Chromium, in light and dark: held to axe, and kept as pictures in `dist/screenshots`. The
 * sanitizers are off: puppeteer keeps timers of its own.
 */
import assert from "node:assert/strict";
import { CONNECT_ERRORS } from "#shared/connect_error.ts";
import type { ConnectionStatus } from "#shared/connection_status.ts";
import { LANGUAGE_KEY, LANGUAGE_NAMES } from "../../extension/src/language_setting.ts";
import {
  FAKE_LOCATION_ID,
  FAKE_TOKEN,
  fakeEvent,
  fakeStatus,
  hoursFromNow,
  startFakeRelatch,
} from "../support/fake_relatch.ts";
import { checkPage, textOf } from "../support/page_check.ts";
import { checkFit, checkPopup, openPopupStage, type PopupStage, styleOf } from "./popup_stage.ts";
import { waitUntil } from "../support/wait_until.ts";

let stage: PopupStage;
Deno.test.beforeAll(async () => {
  stage = await openPopupStage("test-states");
});
Deno.test.afterAll(async () => await stage[Symbol.asyncDispose]());

Deno.test("the popup on a page that is not HighLevel's says so", async () => {
  await using fake = await stage.start();
  await stage.page.goto(`${fake.url}/about`);
  await checkPopup(await stage.openPopup("not_highlevel"), "popup-not_highlevel");
});

Deno.test("the popup opened without a click on the page sees no address and says what to do", async () => {
  await using _ = await stage.start();
  const fresh = await stage.chromium.browser.newPage();
  await fresh.goto(`http://localhost:${stage.port}/v2/location/${FAKE_LOCATION_ID}/dashboard`);
  await fresh.bringToFront();
  await (await stage.chromium.worker()).evaluate("chrome.action.openPopup()");
  await checkPopup(await stage.chromium.popup(), "popup-page_hidden");
  await stage.chromium.closePopups();
  await fresh.close();
});

Deno.test("the popup on an agency page offers to open or connect a location", async () => {
  await using _ = await stage.start();
  const agency = await stage.chromium.browser.newPage();
  await agency.setRequestInterception(true);
  agency.on("request", (request) => {
    request.respond({ status: 200, contentType: "text/html", body: "<title>HighLevel</title>" });
  });
  await agency.goto("https://app.gohighlevel.com/agency_dashboard");
  const popup = await stage.chromium.openPopup(agency);
  await popup.waitForSelector('[data-view="agency_page"]');
  await checkPopup(popup, "popup-agency_page");
  await stage.chromium.closePopups();
  await agency.close();
});

Deno.test("the popup without a session asks no server and offers to connect", async () => {
  await using fake = await stage.start();
  const popup = await stage.openPopup("not_connected");
  await checkPopup(popup, "popup-not_connected");
  assert.deepEqual(fake.calls, []);
});

const LONG_NAME =
  "The Extraordinarily Long-Named Dental and Orthodontics Practice of Greater Northamptonshire";

function problem(code: string, retryAt: string | null = hoursFromNow(0.2)): Partial<ConnectionStatus> {
  return { problem: { code, since: hoursFromNow(-1), retryAt } };
}

const ACCESS_ENDED = { accessTokenExpiresAt: hoursFromNow(-2) };
const NO_TRY = { nextRefreshAt: null };

const STATES: readonly [string, Partial<ConnectionStatus>, ConnectionStatus["state"], RegExp][] = [
  ["connected", {}, "connected", /Relatch renews it by itself.*Next renewal.?in 18 hours/],
  ["connected-by_company", { kind: "company" }, "connected", /through its agency/],
  [
    "connected-scopes_missing",
    { missingScopes: ["contacts.write", "calendars.readonly"] },
    "connected",
    /Some permissions are missing.*Connect again to grant them.*Missing: .*contacts\.write, calendars\.readonly/,
  ],
  [
    "connected-scopes_missing_by_company",
    {
      kind: "company",
      locationName: LONG_NAME,
      missingScopes: [
        "conversations/livechat.write",
        "conversations/message.readonly",
        "associations/relation.readonly",
        "contacts.write",
      ],
    },
    "connected",
    /Someone from the agency has to connect it again to grant them.*Missing: .*, …/,
  ],
  ["connected-long_name", { locationName: LONG_NAME }, "connected", /Relatch renews it by itself/],
  [
    "degraded",
    problem("highlevel_unavailable"),
    "degraded",
    /still works.*tries again by itself.*Next try.?in 12 minutes.*Runs out.?in 21 hours.*Try now/,
  ],
  [
    "degraded-access_ended",
    { ...problem("highlevel_unavailable"), ...ACCESS_ENDED },
    "degraded",
    /does not work at the moment.*Ran out.?2 hours ago/,
  ],
  [
    "degraded-access_unknown",
    { ...problem("rate_limited"), accessTokenExpiresAt: null },
    "degraded",
    /may still/,
  ],
  ["degraded-rate_limited", problem("rate_limited"), "degraded", /fewer calls/],
  ["degraded-request_rejected", problem("request_rejected"), "degraded", /Tell whoever runs/],
  ["degraded-client_rejected", problem("client_rejected"), "degraded", /Tell whoever runs/],
  ["degraded-token_unreadable", problem("token_unreadable"), "degraded", /may still work.*Tell whoever runs/],
  [
    "degraded-unknown_problem",
    { ...problem("of_a_newer_server", null), ...NO_TRY },
    "degraded",
    /tell whoever runs.*Runs out/,
  ],
  [
    "degraded-long_name",
    { ...problem("client_rejected"), ...ACCESS_ENDED, locationName: LONG_NAME },
    "degraded",
    /does not work/,
  ],
  [
    "paused",
    problem("location_inactive", hoursFromNow(5)),
    "paused",
    /Reactivate it.*Next try.?in 5 hours.*Try now/,
  ],
  ["paused-unknown_problem", problem("of_a_newer_server"), "paused", /is paused.*tell whoever runs/],
  [
    "reconnect_required",
    { ...problem("refresh_token_rejected", null), ...NO_TRY },
    "reconnect_required",
    /no longer renews.*Connect again/,
  ],
  [
    "reconnect_required-install_revoked",
    { ...problem("install_revoked", null), ...NO_TRY },
    "reconnect_required",
    /refuses the app’s access.*Connect again/,
  ],
  [
    "reconnect_required-scope_missing",
    { ...problem("scope_missing", null), ...NO_TRY, kind: "company", locationName: LONG_NAME },
    "reconnect_required",
    /may not create access tokens.*adds oauth\.write.*Then someone connects the agency again/,
  ],
  [
    "reconnect_required-by_company",
    { ...problem("refresh_token_rejected", null), ...NO_TRY, kind: "company", locationName: LONG_NAME },
    "reconnect_required",
    /connection of this location’s agency.*Someone from the agency has to connect it again/,
  ],
  [
    "reconnect_required-by_company_revoked",
    { ...problem("install_revoked", null), ...NO_TRY, kind: "company" },
    "reconnect_required",
    /access to this location’s agency.*Someone from the agency has to connect it again/,
  ],
  [
    "reconnect_required-unknown_problem",
    { ...problem("of_a_newer_server", null), ...NO_TRY },
    "reconnect_required",
    /can no longer be renewed.*Connect again/,
  ],
];
for (const [name, changes, state, words] of STATES) {
  Deno.test(`the popup shows ${name} with one sentence, and paints it from the cache at once`, async () => {
    await using fake = await stage.start();
    fake.connection = fakeStatus({ ...changes, state });
    fake.events = [
      fakeEvent(),
      fakeEvent({ at: hoursFromNow(-40 * 24), event: "connected", cause: "person" }),
    ];
    await stage.store(stage.signedIn(fake.connection));
    // While the server is silent the last known status stands.
    const silence = Promise.withResolvers<void>();
    fake.status = () => silence.promise.then(() => Response.json(fake.connection));
    const popup = await stage.openPopup(state);
    silence.resolve();
    await waitUntil(async () => (await textOf(popup)).includes("Checked just now"), "the server was asked");
    assert.match(await textOf(popup, "main"), words);
    if (state === "connected") {
      await popup.waitForSelector("dd::-p-text(40 days ago)");
    }
    await checkPopup(popup, `popup-${name}`);
  });
}

/** States with the most to say, and how many times each shows at the end. */
const FULLEST: Readonly<Record<string, number>> = {
  "connected-scopes_missing_by_company": 2,
  "connected-long_name": 3,
  "degraded-long_name": 3,
  "reconnect_required-scope_missing": 2,
};

Deno.test("the popup has room for the fullest states in every language", async () => {
  await using fake = await stage.start();
  fake.events = [fakeEvent({ at: hoursFromNow(-40 * 24), event: "connected", cause: "person" })];
  for (const [name, changes, state] of STATES) {
    const times = FULLEST[name];
    if (times === undefined) continue;
    fake.connection = fakeStatus({ ...changes, state });
    for (const language of Object.keys(LANGUAGE_NAMES)) {
      await stage.store({ ...stage.signedIn(fake.connection), [LANGUAGE_KEY]: language });
      const popup = await stage.openPopup(state);
      await popup.waitForSelector(`.facts div:nth-child(${times})`);
      await checkFit(popup, `${name} in ${language}`);
    }
  }
});

Deno.test("the popup with a session and nothing known says that it is checking, and then what it learnt", async () => {
  await using fake = await stage.start();
  const silence = Promise.withResolvers<void>();
  fake.status = () => silence.promise.then(() => Response.json(fake.connection));
  await stage.store(stage.signedIn());
  const popup = await stage.openPopup("checking");
  const height = await popup.$eval("html", (html) => html.clientHeight);
  await checkPopup(popup, "popup-checking");
  silence.resolve();
  await popup.waitForSelector('[data-view="connected"]');
  assert.equal(await popup.$eval("html", (html) => html.clientHeight), height, "the popup jumped");
});

Deno.test("the popup forgets a session that the server has ended, and offers to connect", async () => {
  await using fake = await stage.start();
  await stage.store(stage.signedIn(fake.connection));
  fake.status = () =>
    Response.json({ error: { code: "unauthorized", message: "No live session", requestId: "r" } }, {
      status: 401,
    });
  await checkPopup(await stage.openPopup("not_connected"), "popup-session_ended");
  assert.ok(!(await stage.stored()).includes(FAKE_TOKEN));
});

Deno.test("the popup shows the last known status while the server is away, and recovers by one click", async () => {
  {
    await using fake = await stage.start();
    await stage.store(stage.signedIn(fake.connection));
  }
  const popup = await stage.openPopup("server_unreachable");
  assert.match(await textOf(popup), /Connected/);
  await checkPopup(popup, "popup-server_unreachable");
  await using _back = await startFakeRelatch(stage.port);
  await popup.click("[data-action=retry]");
  await popup.waitForSelector('[data-view="connected"]');
});

Deno.test("the popup does not take something else's answer for a status", async () => {
  await using fake = await stage.start();
  await stage.store(stage.signedIn(fake.connection));
  for (const body of ["<html>", "{}", JSON.stringify({ ...fake.connection, state: "superb" })]) {
    fake.status = () => new Response(body, { headers: { "content-type": "application/json" } });
    await stage.openPopup("server_unreachable");
  }
});

for (const cause of CONNECT_ERRORS) {
  Deno.test(`the popup tells ${cause} in a sentence of its own with a next step`, async () => {
    await using fake = await stage.start();
    fake.connect = { error: cause };
    await checkPopup(await stage.failToConnect(), `popup-failed-${cause}`);
  });
}

const refusal = (code: string, status: number): Response =>
  Response.json({ error: { code, message: "Refused", requestId: "r" } }, { status });

const LAST_STEPS: readonly [string, () => Response, RegExp][] = [
  ["grant_rejected", () => refusal("invalid_grant", 400), /did not accept the end/],
  ["unexpected_answer", () => new Response("<html>", { status: 201 }), /does not understand/],
];
for (const [cause, session, sentence] of LAST_STEPS) {
  Deno.test(`the popup tells ${cause} at the last step in a sentence of its own with a next step`, async () => {
    await using fake = await stage.start();
    fake.session = session;
    const popup = await stage.failToConnect();
    assert.match(await textOf(popup, ".panel"), sentence);
    await checkPopup(popup, `popup-failed-${cause}`);
  });
}

Deno.test("an answer with another state than the attempt's is refused, and the grant code is not used", async () => {
  await using fake = await stage.start();
  fake.swapState = true;
  await checkPopup(await stage.failToConnect(), "popup-failed-state_mismatch");
  assert.deepEqual(fake.calls, []);
});

Deno.test("a server that is away before the window opens ends the attempt with a sentence, and no window", async () => {
  const fake = await stage.start();
  await stage.page.goto(fake.locationPage);
  await fake[Symbol.asyncDispose]();
  const popup = await stage.failToConnect();
  assert.match(await textOf(popup, ".panel"), /The Relatch server did not answer/);
  await checkPopup(popup, "popup-failed-server_unreachable");
});

Deno.test("a page that the window cannot load ends the attempt with a sentence", async () => {
  await using fake = await stage.start();
  fake.connect = "unavailable";
  await checkPopup(await stage.failToConnect(), "popup-failed-window_failed");
});

Deno.test("closing the sign-in window is told with a next step", async () => {
  await using fake = await stage.start();
  fake.connect = "page";
  await (await stage.openAuthWindow(fake)).close();
  await checkPopup(await stage.openPopup("sign_in_failed"), "popup-failed-cancelled");
});

Deno.test("another sign-in window that is still open is told with a next step", async () => {
  await using fake = await stage.start();
  fake.connect = "page";
  const details = JSON.stringify({ url: `${fake.url}/connect?redirect_uri=${fake.url}`, interactive: true });
  const worker = await stage.chromium.worker();
  await worker.evaluate(`void chrome.identity.launchWebAuthFlow(${details}).catch(() => {})`);
  const other = await stage.chromium.authWindow(`${fake.url}/connect`);
  await checkPopup(await stage.failToConnect(), "popup-failed-window_busy");
  await other.close();
});

Deno.test("connecting shows where the attempt stands, can be started again in one window, and cancelled", async () => {
  await using fake = await stage.start();
  fake.connect = "page";
  await stage.openAuthWindow(fake);
  const popup = await stage.openPopup("connecting");
  await checkPopup(popup, "popup-connecting");
  const [first] = stage.chromium.authWindows(`${fake.url}/connect`);
  await popup.click("[data-action=retry]");
  await waitUntil(() => {
    const windows = stage.chromium.authWindows(`${fake.url}/connect`);
    return windows.length === 1 && windows[0] !== first;
  }, "one new window replaces the first");
  const again = await stage.openPopup("connecting");
  await again.waitForSelector("[data-action=show_window]");
  await again.click("[data-action=cancel]");
  await again.waitForSelector('[data-view="not_connected"]');
  await stage.authWindowsAre(fake, 0);
});

Deno.test("an attempt whose worker was stopped ends as interrupted, and can be started again", async () => {
  await using fake = await stage.start();
  fake.connect = "page";
  await stage.openAuthWindow(fake);
  await stage.chromium.closePopups();
  await (await stage.chromium.worker()).close();
  const popup = await stage.openPopup("sign_in_failed");
  await stage.authWindowsAre(fake, 0);
  await checkPopup(popup, "popup-failed-interrupted");
  await popup.click("[data-action=retry]");
  await stage.authWindowsAre(fake, 1);
  const again = await stage.openPopup("connecting");
  await again.waitForSelector("[data-action=show_window]");
  await again.click("[data-action=cancel]");
  await stage.authWindowsAre(fake, 0);
});

Deno.test("the popup keeps its height with a long name, a long note, and both", async () => {
  await using fake = await stage.start();
  const locationName = "The Extraordinarily Long-Named Dental and Orthodontics Practice of Northamptonshire "
    .repeat(7);
  const connection = {
    kind: "location",
    connectionId: "c",
    locationId: "Zt6cYd0Hq3xNwA8uJfG5",
    locationName,
  };
  const attempt = { phase: "connected", locationId: FAKE_LOCATION_ID, connection, endedAt: Date.now() };
  fake.connection = fakeStatus({ locationName });
  await stage.store(stage.signedIn(fake.connection), { attempt });
  await checkPopup(await stage.openPopup("connected"), "popup-connected-other_location-long_names");
  for (const language of Object.keys(LANGUAGE_NAMES)) {
    await stage.store({ ...stage.signedIn(fake.connection), [LANGUAGE_KEY]: language }, { attempt });
    await checkFit(await stage.openPopup("connected"), `long names in ${language}`);
  }

  const { locationName: _, ...unnamed } = connection;
  fake.connection = fakeStatus();
  const other = { ...attempt, connection: { ...unnamed, locationName: null } };
  await stage.store(stage.signedIn(fake.connection), { attempt: other });
  await checkPopup(await stage.openPopup("connected"), "popup-connected-other_location");
});

Deno.test("the popup lets a name keep its own direction, and no name turn the words around it", async () => {
  await using fake = await stage.start();
  const hebrew = "\u05E2\u05D9\u05E8\u05D9\u05D9\u05EA (\u05D7\u05D9\u05E4\u05D4) 2.0!";
  const connection = {
    kind: "location",
    connectionId: "c",
    locationId: "Zt6cYd0Hq3xNwA8uJfG5",
    locationName: `\u202E${hebrew}`,
  };
  const attempt = { phase: "connected", locationId: FAKE_LOCATION_ID, connection, endedAt: Date.now() };
  fake.connection = fakeStatus({ locationName: hebrew });
  await stage.store(stage.signedIn(fake.connection), { attempt });
  const popup = await stage.openPopup("connected");
  await checkPopup(popup, "popup-connected-right_to_left");
  assert.equal(await styleOf(popup, "h1", "direction"), "rtl");
  assert.equal(await textOf(popup, "h1"), hebrew);
  assert.ok((await textOf(popup, ".note")).includes(`\u2068${hebrew}\u2069, not the location`));

  fake.connection = fakeStatus({ locationName: "\u202Egnikcatta\u202C ok" });
  await stage.store(stage.signedIn(fake.connection));
  assert.equal(await textOf(await stage.openPopup("connected"), "h1"), "gnikcatta ok");
});

Deno.test("the popup keeps its width when text is twice as large", async () => {
  await using fake = await stage.start();
  await stage.store(stage.signedIn(fake.connection));
  const popup = await stage.openPopup("connected");
  const size = async (): Promise<number> => parseFloat(await styleOf(popup, "h1", "font-size"));
  const before = await size();
  // Through the object model: the policy of the page blocks the attribute.
  await popup.$eval("html", (html) => html.style.setProperty("font-size", "200%"));
  assert.equal(await size(), 2 * before);
  await checkPage(popup, "popup-connected-200_percent");
});
