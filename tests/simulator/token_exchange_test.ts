import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, DEFAULT_SCOPES } from "./default_settings.ts";
import { createStillSimulator, install, postToken, readAnswer } from "./token_client.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const CODE_NOT_FOUND = {
  status: 401,
  body: { error: "UnAuthorized!", error_description: "Authorization code not found" },
};
const INVALID_CLIENT = {
  status: 401,
  body: { error: "UnAuthorized!", error_description: "Invalid client credentials!" },
};

Deno.test("a code is 40 hexadecimal digits", () => {
  assert.match(createStillSimulator().issueCode(), /^[0-9a-f]{40}$/);
});

Deno.test("a code can be exchanged once", async () => {
  const simulator = createStillSimulator();
  const code = simulator.issueCode();
  const fields = { grant_type: "authorization_code", code };
  assert.equal((await postToken(simulator, fields)).status, 200);
  assert.deepEqual(await readAnswer(await postToken(simulator, fields)), CODE_NOT_FOUND);
});

Deno.test("a code expires after ten minutes", async () => {
  const simulator = createStillSimulator();
  const [early, late] = [simulator.issueCode(), simulator.issueCode()];
  simulator.clock.advance(599_999);
  assert.equal((await postToken(simulator, { grant_type: "authorization_code", code: early })).status, 200);
  simulator.clock.advance(1);
  const answer = await readAnswer(
    await postToken(simulator, { grant_type: "authorization_code", code: late }),
  );
  assert.deepEqual(answer, CODE_NOT_FOUND);
});

Deno.test("an unknown code is reported before a wrong client", async () => {
  const simulator = createStillSimulator();
  const fields = {
    grant_type: "authorization_code",
    code: "0".repeat(40),
    client_secret: crypto.randomUUID(),
  };
  assert.deepEqual(await readAnswer(await postToken(simulator, fields)), CODE_NOT_FOUND);
  simulator.switches.codeLookup = "after_client";
  assert.deepEqual(await readAnswer(await postToken(simulator, fields)), INVALID_CLIENT);
});

Deno.test("a code presented with a wrong client secret can still be exchanged", async () => {
  const simulator = createStillSimulator();
  const fields = { grant_type: "authorization_code", code: simulator.issueCode() };
  const wrong = await postToken(simulator, { ...fields, client_secret: crypto.randomUUID() });
  assert.deepEqual(await readAnswer(wrong), INVALID_CLIENT);
  assert.equal((await postToken(simulator, fields)).status, 200);
});

Deno.test("a code is bound to the redirect URI it was sent to", async () => {
  const simulator = createStillSimulator();
  const redirectUri = "http://localhost:8787/oauth/callback";
  const fields = { grant_type: "authorization_code", code: simulator.issueCode({ redirectUri }) };
  assert.equal((await postToken(simulator, { ...fields, redirect_uri: "https://example.com/" })).status, 422);
  assert.equal((await postToken(simulator, { ...fields, redirect_uri: redirectUri })).status, 200);
});

Deno.test("a location install answers with a Location token, whatever user_type asks for", async () => {
  const simulator = createStillSimulator({ switches: { extraTokenFields: "never" } });
  const fields = { grant_type: "authorization_code", code: simulator.issueCode(), user_type: "Company" };
  const { access_token, refresh_token, refreshTokenId, ...rest } = await (await postToken(simulator, fields))
    .json();
  assert.match(refreshTokenId, /^[0-9a-f]{24}$/);
  assert.notEqual(access_token, refresh_token);
  assert.deepEqual(rest, {
    token_type: "Bearer",
    expires_in: 86399,
    scope: DEFAULT_SCOPES.join(" "),
    userType: "Location",
    companyId: "Kx4vQ9tZpW2mB7nLdR1s",
    locationId: "ve9EPM428h8vShlRW1KT",
    userId: "c2YwN8hTqL5vXo1BzKdJ",
  });
});

Deno.test("an agency install answers with a bulk Company token without locations", async () => {
  const simulator = createStillSimulator({ switches: { extraTokenFields: "never" } });
  const fields = {
    grant_type: "authorization_code",
    code: simulator.issueCode({ installer: "agency" }),
    user_type: "Location",
  };
  const { access_token: _, refresh_token: __, refreshTokenId: ___, ...rest } =
    await (await postToken(simulator, fields)).json();
  assert.deepEqual(rest, {
    token_type: "Bearer",
    expires_in: 86399,
    scope: DEFAULT_SCOPES.join(" "),
    userType: "Company",
    companyId: "Kx4vQ9tZpW2mB7nLdR1s",
    isBulkInstallation: true,
    approveAllLocations: false,
    installToFutureLocations: false,
    userId: "c2YwN8hTqL5vXo1BzKdJ",
  });
});

Deno.test("every third token answer carries fields that no description mentions", async () => {
  const simulator = createStillSimulator();
  const answers = [await install(simulator), await install(simulator), await install(simulator)];
  assert.deepEqual(answers.map((answer) => "installMeta" in answer), [false, false, true]);
});

Deno.test("access tokens are RS256 tokens of 1.6 kB and more with fractional times a day apart", async () => {
  const { access_token } = await install(createStillSimulator());
  const [header = "", payload = "", signature = ""] = access_token.split(".");
  assert.ok(access_token.length >= 1600, `${access_token.length}`);
  assert.equal(Buffer.from(signature, "base64url").length, 512);
  assert.equal(JSON.parse(Buffer.from(header, "base64url").toString()).alg, "RS256");
  const { iat, exp, oauthMeta, ...claims } = JSON.parse(Buffer.from(payload, "base64url").toString());
  assert.equal(Math.round(exp - iat), 86400);
  assert.equal(Number.isInteger(iat), false);
  assert.deepEqual(oauthMeta, {
    scopes: DEFAULT_SCOPES,
    client: "68f0c1a2b3d4e5f60718293a",
    versionId: "68f0c1a2b3d4e5f60718293a",
    clientKey: DEFAULT_CLIENT_ID,
  });
  assert.deepEqual(claims, {
    authClass: "Location",
    authClassId: "ve9EPM428h8vShlRW1KT",
    source: "INTEGRATION",
    sourceId: DEFAULT_CLIENT_ID,
    channel: "OAUTH",
    primaryAuthClassId: "ve9EPM428h8vShlRW1KT",
  });
});

Deno.test("JSON bodies are refused like empty forms, unless the switch accepts them", async () => {
  const simulator = createStillSimulator();
  const request = {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      client_id: DEFAULT_CLIENT_ID,
      client_secret: DEFAULT_CLIENT_SECRET,
      grant_type: "authorization_code",
      code: simulator.issueCode(),
    }),
  };
  assert.equal((await simulator.app.request("/oauth/token", request)).status, 422);
  simulator.switches.jsonTokenBody = "accepted";
  assert.equal((await simulator.app.request("/oauth/token", request)).status, 200);
});
