import assert from "node:assert/strict";
import { AUTHORIZATION_PATHS } from "./choose_location_routes.tsx";
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, DEFAULT_REDIRECT_URI } from "./default_settings.ts";
import type { Simulator } from "./simulator.ts";
import { createStillSimulator, postToken } from "./token_client.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const QUERY = {
  response_type: "code",
  client_id: DEFAULT_CLIENT_ID,
  version_id: "68f0c1a2b3d4e5f60718293a",
  redirect_uri: DEFAULT_REDIRECT_URI,
  scope: "contacts.readonly oauth.write",
  state: "a state/with+signs",
};
const LOCATION = "Zt6cYd0Hq3xNwA8uJfG5";

function address(changes: Record<string, string> = {}): string {
  const query = Object.entries({ ...QUERY, ...changes }).filter(([, value]) => value !== "");
  return `${AUTHORIZATION_PATHS[1]}?${new URLSearchParams(query)}`;
}

async function submit(simulator: Simulator, path: string, form: [string, string][]): Promise<Response> {
  return await simulator.app.request(path, { method: "POST", body: new URLSearchParams(form) });
}

function callback(response: Response): URL {
  assert.equal(response.status, 302);
  return new URL(response.headers.get("Location") ?? "");
}

for (const path of AUTHORIZATION_PATHS) {
  Deno.test(`the authorization page at ${path} offers every location and names the app and its scopes`, async () => {
    const simulator = createStillSimulator();
    const page = await simulator.app.request(`${path}?${new URLSearchParams(QUERY)}`);
    const text = await page.text();
    assert.equal(page.status, 200);
    assert.match(text, /<h1>Select the account you want to connect<\/h1>/);
    for (const { id } of simulator.settings.locations) assert.ok(text.includes(`value="${id}"`));
    assert.equal(text.match(/type="radio"/g)?.length, 3);
    assert.equal(text.match(/checked=""/g)?.length, 1);
    assert.match(text, />Allow &amp; Install<\/button>/);
    assert.match(text, /<code>contacts\.readonly<\/code>/);
    assert.equal(text.includes(DEFAULT_CLIENT_SECRET), false);
  });
}

Deno.test("allowing goes back to the redirect URI with a code for that location and the untouched state", async () => {
  const simulator = createStillSimulator();
  const url = callback(await submit(simulator, address(), [["location_id", LOCATION]]));
  assert.equal(`${url.origin}${url.pathname}`, DEFAULT_REDIRECT_URI);
  assert.equal(url.searchParams.get("state"), QUERY.state);
  const tokens = await postToken(simulator, {
    grant_type: "authorization_code",
    code: url.searchParams.get("code") ?? "",
    redirect_uri: DEFAULT_REDIRECT_URI,
  });
  const { locationId, scope } = await tokens.json();
  assert.deepEqual({ locationId, scope }, { locationId: LOCATION, scope: QUERY.scope });
});

Deno.test("allowing without a state goes back without one", async () => {
  const url = callback(
    await submit(createStillSimulator(), address({ state: "" }), [["location_id", LOCATION]]),
  );
  assert.deepEqual([...url.searchParams.keys()], ["code"]);
});

const REFUSED = [
  { change: { response_type: "token" }, text: "Invalid parameter: response_type" },
  { change: { client_id: "" }, text: "No integration found with the id" },
  { change: { client_id: `${"0".repeat(24)}-abcd1234` }, text: "No integration found with the id" },
  { change: { version_id: "" }, text: "error.noversionid" },
  { change: { version_id: "0".repeat(24) }, text: "Invalid parameter: version_id" },
  { change: { redirect_uri: `${DEFAULT_REDIRECT_URI}/` }, text: "Invalid parameter: redirect_uri" },
  { change: { scope: "contacts.readonly contacts.delete" }, text: "Please check the requested scopes" },
  { change: { scope: "" }, text: "Please check the requested scopes" },
];

for (const { change, text } of REFUSED) {
  Deno.test(`the authorization page shows "${text}" for ${JSON.stringify(change)} and stays`, async () => {
    const simulator = createStillSimulator();
    const shown = await simulator.app.request(address(change));
    const submitted = await submit(simulator, address(change), [["location_id", LOCATION]]);
    for (const page of [shown, submitted]) {
      assert.equal(page.status, 200);
      assert.ok((await page.text()).includes(text));
    }
  });
}

Deno.test("the authorization page can do without version_id, and can refuse plain http", async () => {
  const simulator = createStillSimulator({ switches: { versionId: "optional" } });
  assert.match(await (await simulator.app.request(address({ version_id: "" }))).text(), /Select the account/);
  simulator.switches.httpRedirectUris = "refused";
  assert.match(await (await simulator.app.request(address())).text(), /must use https/);
});

Deno.test("cancelling stays on the page, or goes back with access_denied", async () => {
  const simulator = createStillSimulator();
  const stayed = await submit(simulator, address(), [["decision", "cancel"]]);
  assert.equal(stayed.status, 200);
  assert.match(await stayed.text(), /You can close this window/);
  simulator.switches.cancel = "redirects";
  const url = callback(await submit(simulator, address(), [["decision", "cancel"]]));
  assert.deepEqual([...url.searchParams], [["error", "access_denied"], ["state", QUERY.state]]);
});

Deno.test("the authorization page refuses to go on without exactly one known location", async () => {
  const simulator = createStillSimulator();
  const choices: [string, string][][] = [
    [],
    [["location_id", "unknown"]],
    [["location_id", LOCATION], ["location_id", "ve9EPM428h8vShlRW1KT"]],
  ];
  for (const form of choices) {
    const page = await submit(simulator, address(), form);
    assert.match(await page.text(), /Please select an account/);
  }
});

Deno.test("an agency user ticks sub-accounts and gets a Company token", async () => {
  const simulator = createStillSimulator({ switches: { approvedLocations: "present" } });
  const path = address({ installer: "agency" });
  assert.equal((await (await simulator.app.request(path)).text()).match(/name="location_id"/g)?.length, 3);
  const ticked = ["ve9EPM428h8vShlRW1KT", LOCATION];
  const url = callback(await submit(simulator, path, ticked.map((id) => ["location_id", id])));
  const code = url.searchParams.get("code") ?? "";
  const tokens = await postToken(simulator, { grant_type: "authorization_code", code });
  const { userType, approvedLocations, locationId } = await tokens.json();
  assert.deepEqual(
    { userType, approvedLocations, locationId },
    { userType: "Company", approvedLocations: ticked, locationId: undefined },
  );
});

Deno.test("an app for agencies cannot be installed by a location user", async () => {
  const simulator = createStillSimulator();
  const [app] = simulator.settings.apps;
  assert.ok(app);
  app.target = "company";
  assert.match(
    await (await simulator.app.request(address())).text(),
    /Only agency users can install this app/,
  );
});

Deno.test("createSimulator() refuses a redirect URI with a brand word", () => {
  const app = {
    name: "Brand",
    target: "location" as const,
    clientPairs: [],
    redirectUris: ["https://example.com/oauth/callback/gohighlevel"],
    scopes: [],
    versionIds: [],
  };
  assert.throws(() => createStillSimulator({ settings: { apps: [app] } }), /contains a Highlevel reference/);
});
