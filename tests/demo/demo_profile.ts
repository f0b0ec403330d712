/** A fresh Chromium profile in which the extension's icon stands in the toolbar instead of behind the puzzle piece. */
import { CHROME_EXTENSION_ID } from "#shared/extension_identity.ts";

/** Makes the profile in `path`, an empty or absent folder, and returns it. */
export async function createDemoProfile(path: string): Promise<string> {
  const preferences = {
    extensions: { pinned_extensions: [CHROME_EXTENSION_ID], ui: { developer_mode: true } },
    browser: { has_seen_welcome_page: true },
  };
  await Deno.mkdir(`${path}/Default`, { recursive: true });
  await Deno.writeTextFile(`${path}/Default/Preferences`, JSON.stringify(preferences));
  return path;
}
