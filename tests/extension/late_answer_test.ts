/** The background and the popup ask about the same location, and share what is stored: the answer to the older question comes last. */
import { createGlancer } from "../../extension/src/background/glance/glancer.ts";
import { createPopupModel, type PopupModel } from "../../extension/src/popup/popup_model.ts";
import { POLL_MS } from "../../extension/src/popup/poll_pause.ts";
import type { ConnectionStatus } from "#shared/connection_status.ts";
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
const tab = { id: 1, url: `https://app.gohighlevel.com/v2/location/${LOCATION_ID}/dashboard` };
const known = { locationId: LOCATION_ID, status: connectedStatus(), checkedAt: NOW - 120_000 };

interface Meeting {
  readonly popup: PopupModel;
  /** What the server says to the popup. */
  readonly server: { status: ConnectionStatus };
  /** What the popup, the storage and the toolbar say now. */
  states(): Promise<(string | undefined)[]>;
  pass(ms: number): void;
  /** Lets the background have its answer: connected, as when it was asked. */
  answerBackground(): Promise<void>;
}

/** The background has asked, and waits. */
async function meet(): Promise<Meeting> {
  let now = NOW;
  let icon = "";
  const local = fakeStorage({ session, statuses: { sessionId: "s", entries: [known] } });
  const late = Promise.withResolvers<Response>();
  const glancer = createGlancer({
    local,
    builtInServer: SERVER,
    now: () => now,
    fetch: () => late.promise,
    getTab: () => Promise.resolve(tab),
    visibleTabs: () => Promise.resolve([tab]),
    show: (_, glance) => {
      icon = glance.icon;
      return Promise.resolve();
    },
  });
  const looking = glancer.look(1, { mayAsk: true });
  const server = { status: connectedStatus() };
  const popup = await createPopupModel({
    ...popupSurroundings(),
    local,
    ask: () => Promise.resolve(null),
    fetch: (url, { method }) => {
      if (method === "DELETE") return Promise.resolve(new Response(null, { status: 204 }));
      return Promise.resolve(url.endsWith("/status") ? Response.json(server.status) : new Response("{}"));
    },
    now: () => now,
  });
  return {
    popup,
    server,
    async states() {
      await popup.storageChanged();
      await glancer.lookAtVisible({ mayAsk: false });
      const { entries } = local.all().statuses as { entries: (typeof known)[] };
      return [popup.state().known?.status.state, entries[0]?.status.state, icon];
    },
    pass: (ms) => void (now += ms),
    async answerBackground() {
      late.resolve(Response.json(connectedStatus()));
      await looking;
    },
  };
}

Deno.test("a location that the popup has disconnected stays so when an older question is answered", async () => {
  const { popup, server, states, pass, answerBackground } = await meet();
  await popup.act("disconnect", "connected");
  pass(1000);
  server.status = connectedStatus({ state: "not_connected", connectionId: null });
  await popup.act("disconnect_now", "connected");
  pass(500);
  await answerBackground();
  assert.deepEqual(await states(), ["not_connected", "not_connected", "outline"]);
});

Deno.test("what the popup has learnt stays stored when an older question is answered", async () => {
  const { popup, server, states, pass, answerBackground } = await meet();
  server.status = connectedStatus({ state: "reconnect_required" });
  pass(500);
  await popup.poll();
  pass(500);
  await answerBackground();
  const expected = ["reconnect_required", "reconnect_required", "marked"];
  assert.deepEqual(await states(), expected);
  pass(POLL_MS);
  await popup.poll();
  assert.deepEqual(await states(), expected);
});
