/**
 * "Disconnect…" in a real Chromium: the question, every way it ends, and what stays in sight when it fails. The sanitizers
 * are off: puppeteer keeps timers of its own.
 */
import assert from "node:assert/strict";
import type { Page } from "puppeteer-core";
import { type ConnectionStatus, notConnectedStatus } from "#shared/connection_status.ts";
import { LANGUAGE_KEY, LANGUAGE_NAMES } from "../../extension/src/language_setting.ts";
import {
  FAKE_LOCATION_ID,
  FAKE_TOKEN,
  type FakeRelatch,
  fakeStatus,
  hoursFromNow,
} from "../support/fake_relatch.ts";
import { checkPage, textOf } from "../support/page_check.ts";
import { waitUntil } from "../support/wait_until.ts";
import { checkFit, checkPopup, openPopupStage, type PopupStage, styleOf } from "./popup_stage.ts";

const ASK = "[data-action=disconnect]";
const NOW = "dialog [data-action=disconnect_now]";
const KEEP = "dialog [data-action=keep]";
const IDLE = `${NOW}[aria-disabled=false]`;

let stage: PopupStage;
Deno.test.beforeAll(async () => {
  stage = await openPopupStage("test-disconnect");
});
Deno.test.afterAll(async () => await stage[Symbol.asyncDispose]());

const connected = fakeStatus();
const byAgency = fakeStatus({ kind: "company" });
const degraded = fakeStatus({
  state: "degraded",
  problem: { code: "highlevel_unavailable", since: hoursFromNow(-1), retryAt: hoursFromNow(0.2) },
});
const pending: Partial<ConnectionStatus> = {
  state: "degraded",
  nextRefreshAt: null,
  problem: { code: "removal_pending", since: hoursFromNow(0), retryAt: hoursFromNow(0.05) },
};
const LONG_NAME =
  "The Extraordinarily Long-Named Dental and Orthodontics Practice of Greater Northamptonshire";

/** The popup of a location that fares as `connection` says, when the server has just been asked. */
async function openConnected(fake: FakeRelatch, connection = connected): Promise<Page> {
  fake.connection = connection;
  await stage.store(stage.signedIn(connection));
  const popup = await stage.openPopup(connection.state);
  await waitUntil(async () => (await textOf(popup)).includes("Checked just now"), "the server was asked");
  return popup;
}

/** The same with the question open. */
async function openQuestion(fake: FakeRelatch, connection = connected): Promise<Page> {
  const popup = await openConnected(fake, connection);
  await popup.click(ASK);
  await popup.waitForSelector(`${KEEP}:focus`);
  return popup;
}

function orders(fake: FakeRelatch): FakeRelatch["calls"] {
  return fake.calls.filter(({ method }) => method === "DELETE");
}

const refusal = (status: number, code = "refused", headers: Record<string, string> = {}): Response =>
  Response.json({ error: { code, message: "Refused", requestId: "r" } }, { status, headers });

Deno.test("Disconnect asks first, and says what it does", async () => {
  await using fake = await stage.start();
  const questions: [string, ConnectionStatus, RegExp][] = [
    [
      "connected",
      connected,
      /^Disconnect \u2068Harbor Dental Studio\u2069\? ?Removes the app .* deletes its tokens\./,
    ],
    [
      "by_agency",
      byAgency,
      /If you connected the agency, this removes the app .* The agency’s other locations stay\./,
    ],
    ["degraded", degraded, /Integrations stop getting access at once\./],
    ["long_name", { ...byAgency, locationName: LONG_NAME }, /a person has to connect again\./],
    ["no_name", { ...connected, locationName: null }, /^Disconnect this location\?/],
  ];
  for (const [name, connection, words] of questions) {
    const popup = await openQuestion(fake, connection);
    assert.match(await textOf(popup, "dialog"), words);
    const described = await popup.$eval(
      "dialog",
      (dialog) =>
        [dialog.getAttribute("aria-labelledby"), dialog.getAttribute("aria-describedby")].map((id) =>
          dialog.querySelector(`[id="${id}"]`)?.textContent !== ""
        ),
    );
    assert.deepEqual(described, [true, true]);
    await checkPopup(popup, `popup-disconnect-${name}`);
  }
  assert.deepEqual(orders(fake), []);
});

Deno.test("one confirmation disconnects, says so, and the next popup shows it before it has asked", async () => {
  await using fake = await stage.start();
  const popup = await openQuestion(fake);
  const answer = Promise.withResolvers<void>();
  const disconnect = fake.disconnect;
  fake.disconnect = () => answer.promise.then(disconnect);
  const announced = await popup.$(".panel");
  for (let presses = 0; presses < 3; presses++) {
    await popup.click(NOW);
    await popup.waitForSelector(`${NOW}[aria-disabled=true]`);
  }
  assert.equal(await textOf(popup, NOW), "Disconnecting…");
  assert.match(await textOf(popup, "dialog [role=status]"), /Relatch is asking HighLevel/);
  await popup.keyboard.press("Escape");
  await popup.click(KEEP);
  await checkPopup(popup, "popup-disconnect-running");

  answer.resolve();
  await popup.waitForSelector('[data-view="not_connected"]');
  assert.match(await textOf(popup, ".panel"), /Disconnected\. The app was removed at HighLevel\./);
  assert.equal(await popup.$("dialog"), null);
  // The button is gone, and the focus must not be lost with it.
  await popup.waitForSelector("h1:focus");
  assert.ok(await announced?.evaluate((panel) => panel.isConnected), "another panel is not announced");
  await checkPopup(popup, "popup-disconnected");
  assert.deepEqual(orders(fake), [{
    method: "DELETE",
    path: `/api/connections/${connected.connectionId}`,
    authorization: `Bearer ${FAKE_TOKEN}`,
  }]);

  const silence = Promise.withResolvers<Response>();
  fake.status = () => silence.promise;
  await stage.openPopup("not_connected");
  silence.resolve(Response.json(fake.connection));
});

Deno.test("Keep and Escape change nothing, and give the focus back", async () => {
  await using fake = await stage.start();
  const popup = await openConnected(fake);
  const leave: (() => Promise<void>)[] = [
    () => popup.click(KEEP),
    () => popup.keyboard.press("Escape"),
    async () => {
      // The focus is nowhere after this.
      await popup.click("#explanation");
      await popup.keyboard.press("Escape");
    },
  ];
  for (const left of leave) {
    await popup.click(ASK);
    await popup.waitForSelector(`${KEEP}:focus`);
    await left();
    await popup.waitForSelector(`${ASK}:focus`);
    assert.equal(await popup.$("dialog"), null);
  }
  assert.match(await textOf(popup, ".panel"), /^Connected/);
  assert.deepEqual(orders(fake), []);
});

Deno.test("the question is answered by keyboard alone, shows where the focus is, and holds it", async () => {
  await using fake = await stage.start();
  const popup = await openConnected(fake, degraded);
  const tabTo = async (selector: string): Promise<void> => {
    for (let presses = 0; presses < 6; presses++) {
      if (await popup.$(`${selector}:focus`)) return;
      await popup.keyboard.press("Tab");
    }
    assert.fail(`Tab does not reach ${selector}`);
  };
  await tabTo(ASK);
  await popup.keyboard.press("Enter");
  await popup.waitForSelector(`${KEEP}:focus`);
  // Between the last and the first button the focus is at the browser itself.
  const reached = new Set<string | null>();
  for (let presses = 0; presses < 6; presses++) {
    await popup.keyboard.press("Tab");
    const focused = await popup.$(":focus");
    if (focused === null) continue;
    reached.add(await focused.evaluate((element) => element.getAttribute("data-action")));
    assert.equal(await styleOf(popup, ":focus", "outline-style"), "solid", "focus is not seen");
  }
  assert.deepEqual([...reached].sort(), ["disconnect_now", "keep"]);
  await tabTo(NOW);
  await popup.keyboard.press("Space");
  await popup.waitForSelector('[data-view="not_connected"]');
  await popup.waitForSelector("h1:focus");
});

Deno.test("disconnecting without HighLevel says that the app may still be listed there", async () => {
  await using fake = await stage.start();
  const popup = await openQuestion(fake);
  fake.disconnect = () => Response.json(notConnectedStatus(FAKE_LOCATION_ID));
  await popup.click(NOW);
  await popup.waitForSelector('[data-view="not_connected"]');
  assert.match(await textOf(popup, ".panel"), /may still list the app\. ?If it does, remove it in HighLevel/);
  await checkPopup(popup, "popup-disconnected-here");
});

Deno.test("disconnecting that HighLevel has not confirmed says so, and can only be undone by connecting", async () => {
  await using fake = await stage.start();
  for (const locationName of [connected.locationName, LONG_NAME]) {
    const popup = await openQuestion(fake, { ...degraded, locationName });
    fake.disconnect = () => {
      fake.connection = fakeStatus({ ...pending, locationName });
      return Response.json(fake.connection, { status: 202 });
    };
    await popup.click(NOW);
    await popup.waitForSelector(".badge::-p-text(Disconnecting)");
    await popup.waitForSelector("h1:focus");
    assert.match(
      await textOf(popup, "main"),
      /not confirmed it yet\. ?Relatch asks again by itself\..*Next try.?in 3 minutes/,
    );
    const actions = await popup.$$eval(
      "main [data-action]",
      (found) => found.map((button) => button.textContent),
    );
    assert.deepEqual(actions, ["Connect again"]);
    await checkPopup(popup, `popup-removal_pending${locationName === LONG_NAME ? "-long_name" : ""}`);
  }
});

const stuck = { ...degraded, kind: "company", locationName: LONG_NAME } as const;
for (
  const [code, words] of [
    ["agency_install", "only someone who connected the agency"],
    ["removal_refused", "Remove the app there"],
  ] as const
) {
  Deno.test(`disconnecting an agency's install that ends as ${code} says what to do`, async () => {
    await using fake = await stage.start();
    for (const [name, connection] of [["connected", byAgency], ["degraded", stuck]] as const) {
      const popup = await openQuestion(fake, connection);
      fake.disconnect = () => refusal(403, code);
      await popup.click(NOW);
      await popup.waitForSelector(`.next-step::-p-text(${words})`);
      await popup.waitForSelector(`${ASK}:focus`);
      await checkPopup(popup, `popup-disconnect-${code}-${name}`);
    }
  });

  Deno.test(`disconnecting that ends as ${code} has room for its words in every language`, async () => {
    await using fake = await stage.start();
    fake.connection = stuck;
    fake.disconnect = () => refusal(403, code);
    for (const language of Object.keys(LANGUAGE_NAMES)) {
      await stage.store({ ...stage.signedIn(stuck), [LANGUAGE_KEY]: language });
      const popup = await stage.openPopup(stuck.state);
      await popup.click(ASK);
      await popup.click(NOW);
      await popup.waitForSelector(`${ASK}:focus`);
      await checkFit(popup, `${code} in ${language}`);
    }
  });
}

const FAILURES: readonly [string, () => Response, RegExp][] = [
  ["rate_limited", () => refusal(429, "rate_limited", { "Retry-After": "30" }), /Wait 30 seconds/],
  ["server_trouble", () => refusal(503), /server cannot answer right now/],
  ["forbidden", () => refusal(403), /No Relatch server answered/],
  // A redirect is not followed, which looks as if nobody had answered.
  ["unreachable", () => Response.redirect("http://localhost/elsewhere"), /server does not answer/],
];
for (const [name, disconnect, sentence] of FAILURES) {
  Deno.test(`disconnecting that ends as ${name} says so in the question, and can be tried again`, async () => {
    await using fake = await stage.start();
    const popup = await openQuestion(fake, { ...byAgency, locationName: LONG_NAME });
    const works = fake.disconnect;
    fake.disconnect = disconnect;
    await popup.click(NOW);
    await popup.waitForSelector("dialog .progress:not(:empty)");
    await popup.waitForSelector(`${IDLE}:focus`);
    assert.match(await textOf(popup, "dialog [role=status]"), sentence);
    await checkPopup(popup, `popup-disconnect-${name}`);
    fake.disconnect = works;
    await popup.click(NOW);
    await popup.waitForSelector('[data-view="not_connected"]');
  });
}

Deno.test("disconnecting without a live session offers to connect, and forgets the session", async () => {
  await using fake = await stage.start();
  const popup = await openQuestion(fake);
  fake.disconnect = () => refusal(401);
  await popup.click(NOW);
  await popup.waitForSelector('[data-view="not_connected"]');
  assert.match(await textOf(popup, ".panel"), /no longer signed in/);
  assert.ok(!(await stage.stored()).includes(FAKE_TOKEN));
});

Deno.test("disconnecting what is gone says so, and shows what the server says now", async () => {
  await using fake = await stage.start();
  const popup = await openQuestion(fake);
  fake.disconnect = () => refusal(404);
  fake.connection = notConnectedStatus(FAKE_LOCATION_ID);
  await popup.click(NOW);
  await popup.waitForSelector('[data-view="not_connected"] .note');
  assert.match(await textOf(popup, ".note"), /no longer has the connection/);
  await checkPopup(popup, "popup-disconnect-not_found");
});

Deno.test("closing the popup while it disconnects leaves nothing half, and the next popup shows what became of it", async () => {
  await using fake = await stage.start();
  const popup = await openQuestion(fake);
  const answer = Promise.withResolvers<void>();
  const disconnect = fake.disconnect;
  fake.disconnect = () => answer.promise.then(disconnect);
  const before = await stage.stored();
  await popup.click(NOW);
  await waitUntil(() => orders(fake).length === 1, "the server was asked");
  await stage.chromium.closePopups();
  assert.equal(await stage.stored(), before);
  answer.resolve();
  await stage.openPopup("not_connected");
  assert.equal(orders(fake).length, 1);
});

Deno.test("disconnecting right after connecting tells no more of what was connected", async () => {
  await using fake = await stage.start();
  fake.connection = byAgency;
  const attempt = {
    phase: "connected",
    locationId: FAKE_LOCATION_ID,
    connection: { kind: "company", connectionId: "c", locationId: null, locationName: null },
    endedAt: Date.now(),
  };
  await stage.store(stage.signedIn(byAgency), { attempt });
  const popup = await stage.openPopup("connected");
  await popup.click(ASK);
  await popup.click(NOW);
  await popup.waitForSelector('[data-view="not_connected"]');
  const next = await stage.openPopup("not_connected");
  assert.equal(await next.$(".note"), null);
});

Deno.test("the question can be read whole when text is twice as large", async () => {
  await using fake = await stage.start();
  const popup = await openQuestion(fake, { ...byAgency, locationName: LONG_NAME });
  // Through the object model: the policy of the page blocks the attribute.
  await popup.$eval("html", (html) => html.style.setProperty("font-size", "200%"));
  await checkPage(popup, "popup-disconnect-200_percent");
  await popup.$eval(KEEP, (keep) => keep.scrollIntoView());
  await popup.click(KEEP);
  await popup.waitForSelector(`${ASK}:focus`);
});

Deno.test("the question is told from what is below it in forced colours, and turns nothing for less motion", async () => {
  await using fake = await stage.start();
  const popup = await openQuestion(fake);
  const silence = Promise.withResolvers<Response>();
  fake.disconnect = () => silence.promise;
  assert.ok(await popup.$(`${NOW} .glyph`), "only a colour tells that it is destructive");
  await popup.click(NOW);
  await popup.waitForSelector(`${NOW}[aria-disabled=true]`);
  const animation = (): Promise<string> => styleOf(popup, `${NOW}::before`, "animation-name");
  assert.equal(await animation(), "turn");
  await popup.emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }]);
  assert.equal(await animation(), "none");
  const devtools = await popup.createCDPSession();
  await devtools.send("Emulation.setEmulatedMedia", {
    features: [{ name: "forced-colors", value: "active" }],
  });
  assert.equal(await styleOf(popup, "dialog", "border-top-width"), "1px");
  assert.notEqual(
    await styleOf(popup, "dialog", "border-top-color"),
    await styleOf(popup, "body", "background-color"),
  );
  silence.resolve(new Response(null, { status: 204 }));
  await popup.waitForSelector('[data-view="not_connected"]');
});
