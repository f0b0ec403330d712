import { fetchConnectedSince } from "../../extension/src/popup/connected_since.ts";
import { createPopupModel, type PopupDeps } from "../../extension/src/popup/popup_model.ts";
import type { ConnectionEvents } from "#shared/connection_events.ts";
import assert from "node:assert/strict";
import {
  connectedStatus,
  fakeStorage,
  LOCATION_ID,
  NOW,
  popupSurroundings,
  SERVER,
  SESSION_TOKEN,
} from "./fake_browser.ts";

const session = { id: "s", server: SERVER, token: SESSION_TOKEN, expiresAt: "2027-01-01T00:00:00.000Z" };
const day = (number: number): string => new Date(Date.UTC(2026, 0, number)).toISOString();

/** The newest first, one a day until the end of January. */
function history(...events: string[]): ConnectionEvents["events"] {
  return events.map((event, index) => ({ at: day(31 - index), event, cause: "any" }));
}

function sinceOf(answer: PopupDeps["fetch"]): Promise<number | null> {
  return fetchConnectedSince(answer, { session, connectionId: "c/1" });
}

Deno.test("fetchConnectedSince() finds where the unbroken time began", async () => {
  const cases: [string[], number | null][] = [
    [["renewed", "renewed", "connected"], 29],
    [["connected"], 31],
    [["renewed", "recovered", "degraded", "renewed", "connected"], 30],
    [["reauthorized", "reconnect_required", "connected"], 31],
    [["reauthorized", "renewed", "connected"], 29],
    [["connected", "disconnected", "connected"], 31],
    [["recovered", "paused", "connected"], 31],
    [["reauthorized", "removal_requested", "connected"], 31],
    [["renewed", "covered", "of_a_newer_server"], 30],
    // Whatever came before was forgotten: not the beginning.
    [["renewed", "renewed"], null],
    [["renewed", "degraded"], null],
    [[], null],
  ];
  for (const [events, began] of cases) {
    const at = await sinceOf(() =>
      Promise.resolve(Response.json({ events: history(...events), nextCursor: null }))
    );
    assert.equal(at, began === null ? null : Date.parse(day(began)), events.join());
  }
});

Deno.test("fetchConnectedSince() reads on page by page, and not for ever", async () => {
  const asked: string[] = [];
  const pages = [
    { events: history("renewed", "reauthorized"), nextCursor: "a&b" },
    { events: history("renewed", "renewed", "connected"), nextCursor: null },
  ];
  const at = await sinceOf((url, init) => {
    asked.push(`${url} ${new Headers(init.headers).get("authorization")}`);
    return Promise.resolve(Response.json(pages[asked.length - 1]));
  });
  assert.equal(at, Date.parse(day(29)));
  const url = `${SERVER}/api/connections/c%2F1/events?limit=200`;
  assert.deepEqual(asked, [`${url} Bearer ${SESSION_TOKEN}`, `${url}&cursor=a%26b Bearer ${SESSION_TOKEN}`]);

  let calls = 0;
  const endless = await sinceOf(() => {
    calls++;
    return Promise.resolve(Response.json({ events: history("reauthorized"), nextCursor: "on" }));
  });
  assert.deepEqual([endless, calls], [null, 4]);
});

Deno.test("fetchConnectedSince() knows nothing when the history cannot be read", async () => {
  const answers: PopupDeps["fetch"][] = [
    () => Promise.reject(new TypeError("Failed to fetch")),
    () => Promise.resolve(new Response("{}", { status: 404 })),
    () => Promise.resolve(new Response("<html>")),
    () => Promise.resolve(Response.json({ events: history("connected"), nextCursor: null }, { status: 500 })),
    () =>
      Promise.resolve(
        Response.json({ events: [{ at: "soon", event: "connected", cause: "" }], nextCursor: null }),
      ),
  ];
  for (const answer of answers) assert.equal(await sinceOf(answer), null);
});

const entry = { locationId: LOCATION_ID, status: connectedStatus(), checkedAt: NOW };

/** A model whose server tells `state.status`, and a history that began on the day `state.began`. */
async function openModel(initial: unknown = entry) {
  const state = { status: connectedStatus(), began: 3, lookUps: 0 };
  const local = fakeStorage({ session, statuses: { sessionId: "s", entries: [initial] } });
  const model = await createPopupModel({
    ...popupSurroundings(),
    local,
    ask: () => Promise.resolve(null),
    fetch: (url) => {
      if (url.endsWith("/status")) return Promise.resolve(Response.json(state.status));
      state.lookUps++;
      const events = [{ at: day(state.began), event: "connected", cause: "any" }];
      return Promise.resolve(Response.json({ events, nextCursor: null }));
    },
    now: () => NOW,
  });
  const settled = () => new Promise((resolve) => setTimeout(resolve));
  return { model, local, state, settled };
}

Deno.test("createPopupModel() paints since when a location is connected before it has asked", async () => {
  const { model, state } = await openModel({ ...entry, connectedAt: 7 });
  assert.deepEqual([model.state().connectedAt, state.lookUps], [7, 0]);
});

Deno.test("check() looks up once since when the location is connected, and keeps it for the next popup", async () => {
  const { model, local, state, settled } = await openModel();
  for (let times = 0; times < 3; times++) {
    await model.check();
    await settled();
  }
  assert.deepEqual([model.state().connectedAt, state.lookUps], [Date.parse(day(3)), 1]);
  const kept = { sessionId: "s", entries: [{ ...entry, connectedAt: Date.parse(day(3)) }] };
  assert.deepEqual(local.all().statuses, kept);
});

Deno.test("check() looks it up again after the location was not connected, and says nothing meanwhile", async () => {
  const { model, state, settled } = await openModel({ ...entry, connectedAt: 7 });
  await model.check();
  await settled();
  state.status = connectedStatus({ state: "degraded" });
  await model.check();
  assert.equal(model.state().connectedAt, null);
  Object.assign(state, { status: connectedStatus(), began: 9 });
  await model.check();
  await settled();
  assert.deepEqual([model.state().connectedAt, state.lookUps], [Date.parse(day(9)), 2]);
});

Deno.test("check() does not take the beginning of one connection for that of another", async () => {
  const { model, state, settled } = await openModel({ ...entry, connectedAt: 7 });
  state.status = connectedStatus({ connectionId: "connection-2" });
  const seen: unknown[] = [];
  model.subscribe(() => {
    const { known, connectedAt } = model.state();
    if (known?.status.connectionId === "connection-2") seen.push(connectedAt);
  });
  await model.check();
  await settled();
  assert.ok(!seen.includes(7));
  assert.equal(seen.at(-1), Date.parse(day(3)));
});
