import assert from "node:assert/strict";
import { readConfig, readDatabaseSettings } from "../../server/config.ts";
import { createEncryptionKeyText } from "../../server/crypto/encryption_keys.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const REQUIRED = {
  HIGHLEVEL_CLIENT_ID: "0123456789abcdef01234567-abcd1234",
  HIGHLEVEL_CLIENT_SECRET: "a6f1d3c2-9d1f-4d0e-8a37-0c7f0c3a2b11",
  HIGHLEVEL_SCOPES: "contacts.readonly  contacts.write",
};

function read(environment: Record<string, string>) {
  return readConfig((name) => environment[name]);
}

function messageOf(environment: Record<string, string>): string {
  const config = read(environment);
  assert.ok(!config.ok, "the settings should be refused");
  return config.failure.message;
}

Deno.test("readConfig() fills in the documented defaults", () => {
  const config = read(REQUIRED);
  assert.ok(config.ok);
  const { trustedProxies: _proxies, webhookPublicKeys, ...rest } = config.value;
  assert.equal(webhookPublicKeys.length, 1);
  assert.deepEqual(rest, {
    publicUrl: "http://localhost:8787",
    host: "127.0.0.1",
    port: 8787,
    callbackPath: "/oauth/callback",
    databaseUrl: undefined,
    dataDirectory: "./data",
    highlevel: {
      clientId: REQUIRED.HIGHLEVEL_CLIENT_ID,
      clientSecret: REQUIRED.HIGHLEVEL_CLIENT_SECRET,
      versionId: "0123456789abcdef01234567",
      scopes: ["contacts.readonly", "contacts.write"],
      authorizeUrl: "https://marketplace.gohighlevel.com/v2/oauth/chooselocation",
      apiUrl: "https://services.leadconnectorhq.com",
      redirectUrl: "http://localhost:8787/oauth/callback",
    },
    extensionRedirectUrls: [
      "https://abjgbklcclkfdcbkagobdibiopblnnhh.chromiumapp.org/",
      "https://8a5db231c1465a00dc827e250afca1d2793153b9.extensions.allizom.org/",
    ],
    allowMarketplaceInstalls: true,
    encryptionKeys: undefined,
    apiKeys: [],
    logLevel: "info",
  });
});

Deno.test("readConfig() without HighLevel's credentials says what to set and mentions the demo", () => {
  const message = messageOf({});
  for (const name of Object.keys(REQUIRED)) assert.match(message, new RegExp(`^  ${name}: Required`, "m"));
  assert.match(message, /deno task demo/);
});

Deno.test("readConfig() lists every mistake at once, by name, and quotes no value", () => {
  const mistakes = {
    PUBLIC_URL: "ftp://wrong.example/marker-1",
    HOST: "marker 2",
    PORT: "99999marker-3",
    OAUTH_CALLBACK_PATH: "marker-4",
    DATABASE_URL: "mysql://user:marker-5@db/relatch",
    HIGHLEVEL_CLIENT_ID: "marker-6",
    HIGHLEVEL_CLIENT_SECRET: "marker 7",
    HIGHLEVEL_VERSION_ID: "marker-8",
    HIGHLEVEL_SCOPES: "contacts.readonly,marker-9",
    HIGHLEVEL_AUTHORIZE_URL: "marker-10",
    HIGHLEVEL_API_URL: "https://marker-11.example/path",
    HIGHLEVEL_WEBHOOK_PUBLIC_KEYS: "marker-12",
    EXTENSION_REDIRECT_URLS: "marker-13",
    ALLOW_MARKETPLACE_INSTALLS: "marker-14",
    TOKEN_ENCRYPTION_KEYS: "k1:marker-15",
    API_KEYS: "marker-16",
    TRUSTED_PROXIES: "10.0.0.0/8,marker-17",
    LOG_LEVEL: "marker-18",
  };
  const message = messageOf(mistakes);
  for (const name of Object.keys(mistakes)) {
    assert.equal(message.split("\n").filter((line) => line.startsWith(`  ${name}: `)).length, 1, name);
  }
  assert.doesNotMatch(message, /marker/);
});

Deno.test("readConfig() counts an empty variable as not set", () => {
  assert.ok(read({ ...REQUIRED, PORT: "", DATABASE_URL: " " }).ok);
  assert.match(messageOf({ ...REQUIRED, HIGHLEVEL_SCOPES: "" }), /HIGHLEVEL_SCOPES: Required/);
});

Deno.test("readConfig() demands encryption keys with a database of one's own", () => {
  const DATABASE_URL = "postgres://relatch@db.example/relatch";
  assert.match(messageOf({ ...REQUIRED, DATABASE_URL }), /TOKEN_ENCRYPTION_KEYS: Required with DATABASE_URL/);
  assert.ok(read({ ...REQUIRED, DATABASE_URL, TOKEN_ENCRYPTION_KEYS: createEncryptionKeyText("k1") }).ok);
});

Deno.test("readConfig() refuses a callback path that HighLevel's portal or another route would not allow", () => {
  for (
    const path of [
      "/oauth/gohighlevel",
      "/ghl",
      "/connect",
      "/api/back",
      "/healthz",
      "relative",
      "/a b",
      "/a?b",
      "/..",
      "/a/../api",
    ]
  ) {
    assert.match(
      messageOf({ ...REQUIRED, OAUTH_CALLBACK_PATH: path }),
      /OAUTH_CALLBACK_PATH: Expected/,
      path,
    );
  }
});

Deno.test("readConfig() builds the redirect URL from PUBLIC_URL and the callback path", () => {
  const config = read({
    ...REQUIRED,
    PUBLIC_URL: "https://relatch.example/",
    OAUTH_CALLBACK_PATH: "/oauth/callback/crm",
  });
  assert.ok(config.ok);
  assert.equal(config.value.highlevel.redirectUrl, "https://relatch.example/oauth/callback/crm");
});

Deno.test("readConfig() reads webhook keys as PEM and as base64, several separated by commas", () => {
  const base64 = "MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg=";
  const pem = `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----\n`;
  const config = read({ ...REQUIRED, HIGHLEVEL_WEBHOOK_PUBLIC_KEYS: `${pem},${base64}` });
  assert.ok(config.ok);
  assert.deepEqual(config.value.webhookPublicKeys.map((key) => key.toBase64()), [base64, base64]);
});

Deno.test("readConfig() reads trusted proxies as addresses and ranges of both families", () => {
  const config = read({ ...REQUIRED, TRUSTED_PROXIES: "10.0.0.0/8, 192.0.2.1, fd00::/8" });
  assert.ok(config.ok);
  const { trustedProxies } = config.value;
  assert.ok(trustedProxies.check("10.1.2.3", "ipv4"));
  assert.ok(trustedProxies.check("192.0.2.1", "ipv4"));
  assert.ok(trustedProxies.check("fd00::1", "ipv6"));
  assert.ok(!trustedProxies.check("192.0.2.2", "ipv4"));
});

Deno.test("readConfig() refuses redirect URLs that already hold what an outcome is put into", () => {
  for (const query of ["?code=1", "?error=1", "?a=b&state=1", "#fragment"]) {
    const message = messageOf({
      ...REQUIRED,
      EXTENSION_REDIRECT_URLS: `https://id.chromiumapp.org/${query}`,
    });
    assert.match(message, /EXTENSION_REDIRECT_URLS: Expected redirect URLs without/, query);
  }
});

Deno.test("readConfig() asks for a user name in DATABASE_URL", () => {
  assert.match(
    messageOf({ ...REQUIRED, DATABASE_URL: "postgres://db.example/relatch" }),
    /DATABASE_URL: .*user name/,
  );
});

Deno.test("readDatabaseSettings() asks for no other variable and fills in the documented defaults", () => {
  const asked: string[] = [];
  const settings = readDatabaseSettings((name) => void asked.push(name));
  assert.deepEqual(asked, ["DATABASE_URL", "DATA_DIR"]);
  assert.ok(settings.ok);
  assert.deepEqual(settings.value, { databaseUrl: undefined, dataDirectory: "./data" });
});

Deno.test("readDatabaseSettings() names a mistake and quotes no value", () => {
  const settings = readDatabaseSettings(() => "mysql://user:marker@db/relatch");
  assert.ok(!settings.ok);
  assert.match(settings.failure.message, /DATABASE_URL: Expected an address/);
  assert.doesNotMatch(settings.failure.message, /marker/);
});
