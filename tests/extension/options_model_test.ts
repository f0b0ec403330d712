import { createOptionsModel, type OptionsDeps } from "../../extension/src/options/options_model.ts";
import assert from "node:assert/strict";
import { fakeStorage, SERVER, SESSION_TOKEN } from "./fake_browser.ts";
import { fakePermissions } from "./fake_permissions.ts";

const BUILT_IN = "https://built-in.example.com";
const HIGHLEVEL = ["https://app.gohighlevel.com/*", "https://app.leadconnectorhq.com/*"];
const AGENCY = "https://app.northlight.example/*";
const session = { id: "s", server: BUILT_IN, token: SESSION_TOKEN, expiresAt: "2027-01-01T00:00:00.000Z" };
const offers = {
  domains: [{ companyId: "c1", companyName: "Northlight", domain: "app.northlight.example" }],
};

function fakeDeps(overrides: Partial<OptionsDeps> = {}) {
  const permissions = fakePermissions(HIGHLEVEL);
  const deps: OptionsDeps = {
    local: clearable({ session }),
    session: clearable({ attempt: {} }),
    permissions,
    builtInServer: BUILT_IN,
    fetch: (url) => Promise.resolve(url.endsWith("/agency-domains") ? Response.json(offers) : noContent()),
    ask: () => Promise.resolve(null),
    loadLanguage: () => Promise.resolve(),
    ...overrides,
  };
  return { deps, permissions };
}

function noContent(): Response {
  return new Response(null, { status: 204 });
}

function clearable(initial: Record<string, unknown>) {
  const area = fakeStorage(initial);
  return { ...area, clear: () => area.remove(Object.keys(area.all())) };
}

/** The model, when it has heard what the server offers. */
async function openOptions(deps: OptionsDeps) {
  const model = await createOptionsModel(deps);
  const answered = Promise.withResolvers<void>();
  let published = 0;
  model.subscribe(() => {
    published += 1;
    if (published === 2) answered.resolve();
  });
  await model.changed();
  await answered.promise;
  return model;
}

Deno.test("allow() and setNotifying() ask the browser before anything is awaited: Firefox forgets the click", async () => {
  const { deps, permissions } = fakeDeps();
  const model = await createOptionsModel(deps);
  const allowing = model.allow(AGENCY);
  assert.deepEqual(permissions.asked, [{ origins: [AGENCY] }]);
  const notifying = model.setNotifying(true);
  assert.deepEqual(permissions.asked.at(-1), { permissions: ["notifications"] });
  await Promise.all([allowing, notifying]);
});

Deno.test("the options offer what agencies use until it is allowed, and again when it is taken back", async () => {
  const { deps, permissions } = fakeDeps();
  const model = await openOptions(deps);
  const kindNow = () => model.state().domains.find(({ origin }) => origin === AGENCY)?.kind;
  assert.equal(kindNow(), "offered");
  assert.equal(await model.allow(AGENCY), true);
  assert.equal(kindNow(), "allowed");
  assert.equal(await model.disallow(AGENCY), true);
  assert.equal(kindNow(), "offered");
  assert.deepEqual(permissions.granted(), HIGHLEVEL);
});

Deno.test("allow() says when the person or the browser refuses", async () => {
  const { deps, permissions } = fakeDeps();
  const model = await createOptionsModel(deps);
  permissions.answer = () => Promise.resolve(false);
  assert.equal(await model.allow(AGENCY), false);
  permissions.answer = () => Promise.reject(new Error("may only be called from a user input handler"));
  assert.equal(await model.allow(AGENCY), false);
  assert.deepEqual(permissions.granted(), HIGHLEVEL);
});

Deno.test("disallow() says when the browser keeps what it allows", async () => {
  const permissions = fakePermissions([...HIGHLEVEL, "https://*/*"], { kept: ["https://*/*"] });
  const model = await createOptionsModel(fakeDeps({ permissions }).deps);
  assert.equal(await model.disallow("https://*/*"), false);
});

Deno.test("setNotifying() keeps the setting only with the permission, and gives both back", async () => {
  const { deps, permissions } = fakeDeps({ local: clearable({}) });
  const model = await createOptionsModel(deps);
  permissions.answer = () => Promise.resolve(false);
  assert.equal(await model.setNotifying(true), false);
  assert.deepEqual([model.state().isNotifying, await deps.local.get(["notifications"])], [false, {}]);
  permissions.answer = () => Promise.resolve(true);
  assert.equal(await model.setNotifying(true), true);
  const stored = await deps.local.get(["notifications"]);
  assert.deepEqual([model.state().isNotifying, stored], [true, { notifications: true }]);
  assert.equal(await model.setNotifying(false), true);
  assert.deepEqual([model.state().isNotifying, await deps.local.get(["notifications"])], [false, {}]);
  assert.deepEqual(permissions.granted(), HIGHLEVEL);
});

Deno.test("notifications are off when the permission was taken away in the browser", async () => {
  const { deps } = fakeDeps({ local: clearable({ notifications: true }) });
  assert.equal((await createOptionsModel(deps)).state().isNotifying, false);
});

Deno.test("the options say when the server does not tell what agencies use, and ask again with the next change", async () => {
  let answer = (): Promise<Response> => Promise.reject(new TypeError("Failed to fetch"));
  const { deps } = fakeDeps({ fetch: () => answer() });
  const model = await openOptions(deps);
  assert.equal(model.state().lacksOffers, true);
  answer = () => Promise.resolve(Response.json(offers));
  const changed = new Promise<void>((resolve) =>
    model.subscribe(() => {
      if (!model.state().lacksOffers && model.state().domains.length === 3) resolve();
    })
  );
  await model.changed();
  await changed;
});

Deno.test("what was offered to one session is not shown to the next", async () => {
  const { deps } = fakeDeps();
  const model = await openOptions(deps);
  assert.equal(model.state().domains.length, 3);
  await model.signOut();
  assert.deepEqual([model.state().isSignedIn, model.state().domains.length], [false, 2]);
});

Deno.test("setLanguage() is followed by the texts before the page is drawn again", async () => {
  const local = clearable({});
  let spoken: unknown;
  const loadLanguage = async (): Promise<void> => {
    spoken = (await local.get(["language"])).language;
  };
  const model = await createOptionsModel(fakeDeps({ local, loadLanguage }).deps);
  const drawn: unknown[] = [];
  model.subscribe(() => drawn.push(spoken));
  await model.setLanguage("de");
  assert.deepEqual([model.state().language, drawn], ["de", ["de"]]);
});

Deno.test("saveServer() moves the page to the new server, signed out", async () => {
  const model = await createOptionsModel(fakeDeps().deps);
  await model.saveServer(SERVER);
  assert.deepEqual([model.state().server, model.state().isSignedIn], [SERVER, false]);
});

Deno.test("a reading that ends late does not bring back what a later one has replaced", async () => {
  const { deps } = fakeDeps();
  const model = await createOptionsModel(deps);
  const slow = Promise.withResolvers<void>();
  const { getAll } = deps.permissions;
  deps.permissions.getAll = async () => {
    const old = await getAll();
    await slow.promise;
    return old;
  };
  const first = model.changed();
  deps.permissions.getAll = getAll;
  await model.allow(AGENCY);
  slow.resolve();
  await first;
  assert.ok(model.state().domains.some(({ kind }) => kind === "allowed"));
});
