/** The one source of both manifests. Chrome and Firefox each refuse or warn about what only the other knows. */
import { CHROME_MANIFEST_KEY, FIREFOX_EXTENSION_ID } from "#shared/extension_identity.ts";

export type Browser = "chrome" | "firefox";

const VERSION = "0.1.0";

/**
 * - `activeTab`: the address of the tab in which the icon was clicked, for the location id; no other tab's
 * - `identity`: the sign-in window
 * - `storage`: server address, session credential, last known statuses; the running attempt
 */
const PERMISSIONS: readonly string[] = ["activeTab", "identity", "storage"];

/** Nothing inline, nothing from elsewhere. The server's address is chosen in the options, so any may be asked. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src https: http://localhost:* http://127.0.0.1:* http://[::1]:*",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const ICON_SIZES = [16, 32, 48, 128] as const;

type Icons = Record<string, string>;

type SharedManifest = {
  manifest_version: 3;
  name: string;
  description: string;
  version: string;
  default_locale: string;
  icons: Icons;
  action: { default_popup: string; default_title: string; default_icon: Icons };
  options_ui: { page: string; open_in_tab: boolean };
  permissions: readonly string[];
  content_security_policy: { extension_pages: string };
};

export type ChromeManifest = SharedManifest & {
  key: string;
  minimum_chrome_version: string;
  background: { service_worker: string };
};

export type FirefoxManifest = SharedManifest & {
  background: { scripts: string[] };
  browser_specific_settings: {
    gecko: {
      id: string;
      strict_min_version: string;
      data_collection_permissions: { required: string[] };
    };
  };
};

/** The manifest for one browser. */
export function manifestFor(browser: "chrome"): ChromeManifest;
export function manifestFor(browser: "firefox"): FirefoxManifest;
export function manifestFor(browser: Browser): ChromeManifest | FirefoxManifest;
export function manifestFor(browser: Browser): ChromeManifest | FirefoxManifest {
  switch (browser) {
    case "chrome":
      return {
        ...sharedManifest(),
        key: CHROME_MANIFEST_KEY,
        // `action.openPopup()` for everyone, with which the popup comes back when the sign-in window has closed.
        minimum_chrome_version: "127",
        background: { service_worker: "background.js" },
      };
    case "firefox":
      return {
        ...sharedManifest(),
        background: { scripts: ["background.js"] },
        browser_specific_settings: {
          gecko: {
            id: FIREFOX_EXTENSION_ID,
            strict_min_version: "140.0",
            // The session credential goes to the server that the person chose; nothing goes anywhere else.
            data_collection_permissions: { required: ["authenticationInfo"] },
          },
        },
      };
  }
}

function sharedManifest(): SharedManifest {
  const icons = Object.fromEntries(ICON_SIZES.map((size) => [String(size), `icons/icon-${size}.png`]));
  return {
    manifest_version: 3,
    name: "__MSG_name__",
    description: "__MSG_extension_description__",
    version: VERSION,
    default_locale: "en",
    icons,
    action: { default_popup: "popup.html", default_title: "__MSG_name__", default_icon: icons },
    options_ui: { page: "options.html", open_in_tab: true },
    permissions: PERMISSIONS,
    content_security_policy: { extension_pages: CONTENT_SECURITY_POLICY },
  };
}
