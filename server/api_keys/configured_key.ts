/** The keys of the setting `API_KEYS`: for a first start, without a scope. */
import { timingSafeEqual } from "@std/crypto";
import type { Config } from "../config.ts";

type ConfiguredKey = Config["apiKeys"][number];

/**
 * The configured key of this digest. Every key is compared, in constant time and to the end, so that the time tells
 * neither which one fits nor how nearly.
 */
export function findConfiguredKey(
  keys: readonly ConfiguredKey[],
  digest: Uint8Array,
): ConfiguredKey | undefined {
  let found: ConfiguredKey | undefined;
  for (const key of keys) {
    if (timingSafeEqual(key.digest, digest)) found = key;
  }
  return found;
}
