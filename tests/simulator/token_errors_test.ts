import assert from "node:assert/strict";
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, defaultSettings } from "./default_settings.ts";
import {
  createStillSimulator,
  install,
  postToken,
  presentRefreshToken,
  readAnswer,
  rotate,
} from "./token_client.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const unauthorized = (description: string) => ({
  status: 401,
  body: { error: "UnAuthorized!", error_description: description },
});
const badRequest = (message: string) => ({ status: 400, body: { statusCode: 400, message } });

const PARAMETER_MISTAKES = [
  { fields: {}, messages: ["grant_type must be a valid enum value", "grant_type should not be empty"] },
  { fields: { grant_type: "password" }, messages: ["grant_type must be a valid enum value"] },
  {
    fields: { grant_type: "refresh_token" },
    messages: ["refresh_token must be a string", "refresh_token should not be empty"],
  },
  {
    fields: { grant_type: "authorization_code", client_id: "" },
    messages: [
      "client_id must be a string",
      "client_id should not be empty",
      "code must be a string",
      "code should not be empty",
    ],
  },
  {
    fields: { grant_type: "authorization_code", code: "x", user_type: "User" },
    messages: ["user_type must be a valid enum value"],
  },
];

for (const { fields, messages } of PARAMETER_MISTAKES) {
  Deno.test(`the token endpoint answers 422 to the fields ${JSON.stringify(fields)}`, async () => {
    const answer = await postToken(createStillSimulator(), fields);
    const { traceId, ...body } = await answer.json();
    assert.equal(answer.status, 422);
    assert.match(traceId, /^[0-9a-f-]{36}$/);
    assert.deepEqual(body, { statusCode: 422, message: messages, error: "Unprocessable Entity" });
  });
}

Deno.test("the token endpoint can answer 400 with the first bad parameter", async () => {
  const simulator = createStillSimulator({ switches: { badParameterForm: "bad_request" } });
  assert.deepEqual(
    await readAnswer(await postToken(simulator, {})),
    badRequest("Missing parameter: grant_type"),
  );
  const invalid = await postToken(simulator, { grant_type: "password" });
  assert.deepEqual(await readAnswer(invalid), badRequest("Invalid parameter: grant_type"));
});

Deno.test("the token endpoint knows no client_credentials grant", async () => {
  const answer = await postToken(createStillSimulator(), { grant_type: "client_credentials" });
  assert.deepEqual(await readAnswer(answer), badRequest("Invalid parameter: grant_type"));
});

Deno.test("a refresh with a wrong client pair is refused and leaves the token unused", async () => {
  const simulator = createStillSimulator();
  const { refresh_token } = await install(simulator);
  const fields = { grant_type: "refresh_token", refresh_token };
  for (const wrong of [{ client_secret: crypto.randomUUID() }, { client_id: `${"0".repeat(24)}-abcd1234` }]) {
    const answer = await readAnswer(await postToken(simulator, { ...fields, ...wrong }));
    assert.deepEqual(answer, unauthorized("Invalid client credentials!"));
  }
  await rotate(simulator, refresh_token);
});

Deno.test("a refresh token belongs to the client pair that got it", async () => {
  const other = { clientId: DEFAULT_CLIENT_ID, clientSecret: crypto.randomUUID() };
  const settings = defaultSettings();
  settings.apps[0]?.clientPairs.push(other);
  const simulator = createStillSimulator({ settings });
  const { refresh_token } = await install(simulator);
  const fields = { grant_type: "refresh_token", refresh_token, client_secret: other.clientSecret };
  const answer = await readAnswer(await postToken(simulator, fields));
  assert.deepEqual(answer, unauthorized("Invalid client credentials!"));
  await rotate(simulator, refresh_token);
});

Deno.test("a refresh token dies with its client secret", async () => {
  const simulator = createStillSimulator();
  const { refresh_token } = await install(simulator);
  const [app] = simulator.settings.apps;
  assert.ok(app);
  app.clientPairs = [{ clientId: DEFAULT_CLIENT_ID, clientSecret: crypto.randomUUID() }];
  const answer = await readAnswer(await presentRefreshToken(simulator, refresh_token));
  assert.deepEqual(answer, unauthorized("Invalid client credentials!"));
  assert.equal(simulator.ledger.refreshTokenState(refresh_token), "client_removed");
});

Deno.test("a malformed refresh token is told from an unknown one", async () => {
  const simulator = createStillSimulator();
  const malformed = () => presentRefreshToken(simulator, "not a token");
  assert.deepEqual(await readAnswer(await malformed()), unauthorized("Invalid refresh token"));
  const unknown = await readAnswer(await presentRefreshToken(simulator, "a.b.c"));
  assert.deepEqual(unknown, badRequest("Invalid grant: refresh token is invalid"));
  simulator.switches.malformedRefreshTokenStatus = 400;
  assert.deepEqual(await readAnswer(await malformed()), {
    status: 400,
    body: { error: "invalid_grant", error_description: "Invalid refresh token" },
  });
});

Deno.test("a dead refresh token can be refused in the older form", async () => {
  const simulator = createStillSimulator({ switches: { invalidGrantForm: "older" } });
  assert.deepEqual(await readAnswer(await presentRefreshToken(simulator, "a.b.c")), {
    status: 400,
    body: { error: "invalid_grant", error_description: "This refresh token is invalid" },
  });
});

Deno.test("an uninstalled app is refused like a wrong client, or like a dead token", async () => {
  const simulator = createStillSimulator();
  const { refresh_token } = await install(simulator);
  const ended = simulator.endInstalls({ resourceId: "ve9EPM428h8vShlRW1KT", reason: "uninstalled" });
  assert.equal(ended, 1);
  const present = async () => readAnswer(await presentRefreshToken(simulator, refresh_token));
  assert.deepEqual(await present(), unauthorized("Invalid client credentials!"));
  simulator.switches.uninstalledRefresh = "invalid_grant";
  assert.deepEqual(await present(), badRequest("Invalid grant: refresh token is invalid"));
});

Deno.test("the token endpoint counts against the rate limits only where the switch says so", async () => {
  const simulator = createStillSimulator();
  const call = () => postToken(simulator, { grant_type: "refresh_token", refresh_token: "a.b.c" });
  for (let calls = 0; calls < 101; calls += 1) assert.equal((await call()).status, 400);
  simulator.switches.tokenEndpointRateLimit = "on";
  for (let calls = 0; calls < 100; calls += 1) assert.equal((await call()).status, 400);
  const limited = await call();
  assert.equal(limited.status, 429);
  assert.equal(limited.headers.get("X-RateLimit-Remaining"), "0");
});

Deno.test("the reconnect endpoint has been removed", async () => {
  const answer = await createStillSimulator().app.request("/oauth/reconnect", { method: "POST", body: "{}" });
  assert.deepEqual(await readAnswer(answer), {
    status: 400,
    body: { message: "API endpoint has been removed", error: "Bad Request", statusCode: 400 },
  });
});

Deno.test("the reconnect endpoint can be switched on again and gives a code for the install", async () => {
  const simulator = createStillSimulator({ switches: { reconnect: "works" } });
  await install(simulator);
  const answer = await simulator.app.request("/oauth/reconnect", {
    method: "POST",
    body: JSON.stringify({
      clientKey: DEFAULT_CLIENT_ID,
      clientSecret: DEFAULT_CLIENT_SECRET,
      locationId: "ve9EPM428h8vShlRW1KT",
    }),
  });
  const { authorizationCode } = await answer.json();
  const fields = { grant_type: "authorization_code", code: authorizationCode };
  assert.equal((await postToken(simulator, fields)).status, 200);
});
