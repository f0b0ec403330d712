/** The archives that are handed in at the stores. */
import { bundleExtension } from "./bundle.ts";
import { extensionFiles } from "./extension_files.ts";
import { type ChromeManifest, manifestFor } from "./manifest.ts";
import { sourceFiles } from "./source_files.ts";
import { zipOf } from "./zip.ts";

export type StorePackage = { name: string; bytes: Uint8Array };

/** The extension for Chrome and Edge, for Firefox, and the sources for Firefox's reviewers. */
export async function storePackages(server: string): Promise<StorePackage[]> {
  const bundles = await bundleExtension(server);
  const chrome = manifestFor("chrome", bundles.styleHashes);
  const firefox = manifestFor("firefox", bundles.styleHashes);
  const { version } = chrome;
  const zipped = async (manifest: object) => zipOf(await extensionFiles({ manifest, bundles }));
  return [
    { name: `relatch-chrome-${version}.zip`, bytes: await zipped(withoutKey(chrome)) },
    { name: `relatch-firefox-${version}.zip`, bytes: await zipped(firefox) },
    { name: `relatch-source-${version}.zip`, bytes: zipOf(await sourceFiles({ server, version })) },
  ];
}

/** The Chrome Web Store refuses a manifest with a key ("key field is not allowed in manifest"), and gives the item one. */
function withoutKey({ key: _, ...manifest }: ChromeManifest): Omit<ChromeManifest, "key"> {
  return manifest;
}
