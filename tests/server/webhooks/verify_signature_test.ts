import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { readConfig } from "../../../server/config.ts";
import { createSignatureCheck } from "../../../server/webhooks/verify_signature.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const BODY = new TextEncoder().encode('{"type":"INSTALL", "companyName":"Caf\u00e9"}');

function createKey(): { der: Uint8Array; sign: (body: Uint8Array) => string } {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return {
    der: new Uint8Array(publicKey.export({ type: "spki", format: "der" })),
    sign: (body) => sign(null, Buffer.from(body), privateKey).toString("base64"),
  };
}

Deno.test("the check accepts a signature of RFC 8032, section 7.1, test 3", () => {
  const key = Uint8Array.fromHex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
  const isSigned = createSignatureCheck([
    new Uint8Array([...Uint8Array.fromHex("302a300506032b6570032100"), ...key]),
  ]);
  const signature = Uint8Array.fromHex(
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac" +
      "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  ).toBase64();
  assert.equal(isSigned(Uint8Array.fromHex("af82"), signature), true);
  assert.equal(isSigned(Uint8Array.fromHex("af83"), signature), false);
});

Deno.test("the check refuses a body of which any one bit is another", () => {
  const key = createKey();
  const isSigned = createSignatureCheck([key.der]);
  const signature = key.sign(BODY);
  assert.equal(isSigned(BODY, signature), true);
  for (let index = 0; index < BODY.length; index++) {
    const changed = BODY.slice();
    changed[index] = (changed[index] ?? 0) ^ 1;
    assert.equal(isSigned(changed, signature), false, `byte ${index}`);
  }
  assert.equal(isSigned(BODY.subarray(1), signature), false);
  assert.equal(isSigned(new Uint8Array([...BODY, 0x0a]), signature), false);
  assert.equal(isSigned(new Uint8Array(0), signature), false);
});

Deno.test("the check accepts what any of its keys signed, and nothing of another key", () => {
  const [old, current, foreign] = [createKey(), createKey(), createKey()];
  const isSigned = createSignatureCheck([old.der, current.der]);
  assert.equal(isSigned(BODY, old.sign(BODY)), true);
  assert.equal(isSigned(BODY, current.sign(BODY)), true);
  assert.equal(isSigned(BODY, foreign.sign(BODY)), false);
  assert.equal(createSignatureCheck([])(BODY, old.sign(BODY)), false);
});

Deno.test("the check takes whatever is not a signature for none, and never throws", () => {
  const key = createKey();
  const isSigned = createSignatureCheck([key.der]);
  const valid = key.sign(BODY);
  const bytes = Uint8Array.fromBase64(valid);
  const others: readonly (string | undefined)[] = [
    undefined,
    "",
    "N/A",
    "n/a",
    " ",
    "undefined",
    "====",
    valid.slice(0, -1),
    valid.slice(4),
    `${valid}AAAA`,
    `${valid}, ${valid}`,
    `${valid}\n`,
    ` ${valid}`,
    `${valid.slice(0, 40)}\n${valid.slice(40)}`,
    `!${valid.slice(1)}`,
    `\u00e9${valid.slice(1)}`,
    bytes.toHex(),
    bytes.subarray(0, 63).toBase64(),
    new Uint8Array([...bytes, 0]).toBase64(),
    new Uint8Array(64).toBase64(),
    new Uint8Array(64).fill(255).toBase64(),
    `sha256=${valid}`,
    "A".repeat(100_000),
  ];
  for (const signature of others) {
    assert.equal(isSigned(BODY, signature), false, JSON.stringify(signature)?.slice(0, 100));
  }
  assert.equal(isSigned(BODY, valid), true);
});

Deno.test("createSignatureCheck() refuses a key that is no point of the curve, by the name of the setting", () => {
  const der = createKey().der.slice();
  der.fill(2, 12);
  assert.throws(() => createSignatureCheck([der]), /HIGHLEVEL_WEBHOOK_PUBLIC_KEYS/);
});

Deno.test("without a setting, the key is the one that HighLevel publishes", () => {
  const settings: Readonly<Record<string, string>> = {
    HIGHLEVEL_CLIENT_ID: "0123456789abcdef01234567-abc12345",
    HIGHLEVEL_CLIENT_SECRET: "secret",
    HIGHLEVEL_SCOPES: "contacts.readonly",
  };
  const config = readConfig((name) => settings[name]);
  assert.ok(config.ok);
  const fingerprints = config.value.webhookPublicKeys.map((key) =>
    createHash("sha256").update(key).digest("hex")
  );
  assert.deepEqual(fingerprints, ["5a2c1b2749d3efcc233fb27d4ab43d56b8d20818c42cd226f6c9a3ff20d3097c"]);
  createSignatureCheck(config.value.webhookPublicKeys);
});
