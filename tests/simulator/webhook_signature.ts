/**
 * Signs webhooks as HighLevel does, with keys of the simulator's own: `X-GHL-Signature` is Ed25519, `X-WH-Signature` the
 * legacy RSA with SHA-256. Both are base64 over the raw bytes of the body (facts 5.3).
 */
import { Buffer } from "node:buffer";
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import * as v from "valibot";

export const SIGNATURE_HEADER = "X-GHL-Signature";
export const LEGACY_SIGNATURE_HEADER = "X-WH-Signature";

/**
 * What a delivery carries. `not_available` sends the literal `N/A`, `wrong` a signature over other bytes, `wrong_key` one
 * with a key that nobody published.
 */
export const WebhookSignature = v.picklist([
  "ed25519",
  "both",
  "legacy_only",
  "not_available",
  "missing",
  "wrong",
  "wrong_key",
]);
export type WebhookSignature = v.InferOutput<typeof WebhookSignature>;

export interface WebhookSigner {
  /** PEM, as HighLevel publishes its own. */
  publicKey: string;
  /** PEM of the RSA key; made when first asked for. */
  legacyPublicKey(): string;
  headersFor(body: string, signature: WebhookSignature): Record<string, string>;
}

/** A signer with new keys. The RSA key has 2048 bits, half of HighLevel's, to be quick. */
export function createWebhookSigner(): WebhookSigner {
  const key = generateKeyPairSync("ed25519");
  let rsa: { publicKey: KeyObject; privateKey: KeyObject } | undefined;
  const legacyKey = () => rsa ??= generateKeyPairSync("rsa", { modulusLength: 2048 });
  const current = (body: string) => signed(body, { algorithm: null, key: key.privateKey });
  const legacy = (body: string) => signed(body, { algorithm: "sha256", key: legacyKey().privateKey });
  return {
    publicKey: pem(key.publicKey),
    legacyPublicKey: () => pem(legacyKey().publicKey),
    headersFor(body, signature) {
      switch (signature) {
        case "ed25519":
          return { [SIGNATURE_HEADER]: current(body) };
        case "both":
          return { [SIGNATURE_HEADER]: current(body), [LEGACY_SIGNATURE_HEADER]: legacy(body) };
        case "legacy_only":
          return { [LEGACY_SIGNATURE_HEADER]: legacy(body) };
        case "not_available":
          return { [SIGNATURE_HEADER]: "N/A" };
        case "missing":
          return {};
        case "wrong":
          return { [SIGNATURE_HEADER]: current(`${body} `) };
        case "wrong_key": {
          const { privateKey } = generateKeyPairSync("ed25519");
          return { [SIGNATURE_HEADER]: signed(body, { algorithm: null, key: privateKey }) };
        }
      }
    },
  };
}

function signed(body: string, { algorithm, key }: { algorithm: string | null; key: KeyObject }): string {
  return sign(algorithm, Buffer.from(body), key).toString("base64");
}

function pem(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}
