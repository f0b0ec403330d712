/** The one source of both manifests. Chrome and Firefox each refuse or warn about what only the other knows. */
import { CHROME_MANIFEST_KEY, FIREFOX_EXTENSION_ID } from "#shared/extension_identity.ts";
import { HIGHLEVEL_HOSTS } from "./src/active_location.ts";
import { toolbarIconPaths } from "./src/background/glance/toolbar_icons.ts";

export type Browser = "chrome" | "firefox";

const VERSION = "0.1.0";

/**
 * - `activeTab`: the address of the tab in which the icon was clicked, for the location id, wherever that tab is
 * - `alarms`: looks every few minutes whether a connection needs a person
 * - `identity`: the sign-in window
 * - `storage`: server address, session credential, last known statuses, settings; the running attempt
 */
const PERMISSIONS: readonly string[] = ["activeTab", "alarms", "identity", "storage"];

/** `notifications`: tells of a connection that needs a person, for those who switch that on in the options. */
const OPTIONAL_PERMISSIONS: readonly string[] = ["notifications"];

/** Domains on which agencies show HighLevel: a person allows them one by one, never all of them. */
const OPTIONAL_HOSTS: readonly string[] = ["https://*/*"];

/**
 * No script inline, no style but those of the pages, nothing from elsewhere. The server's address is chosen in the options, so
 * any may be asked; `'self'` are the language files of the package.
 */
function contentSecurityPolicy(styleHashes: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    ["style-src", ...styleHashes.map((hash) => `'sha256-${hash}'`)].join(" "),
    "img-src 'self'",
    "connect-src 'self' https: http://localhost:* http://127.0.0.1:* http://[::1]:*",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

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
  optional_permissions: readonly string[];
  host_permissions: readonly string[];
  optional_host_permissions: readonly string[];
  content_security_policy: { extension_pages: string };
};

export type ChromeManifest = SharedManifest & {
  key: string;
  minimum_chrome_version: string;
  background: { service_worker: string; type: "module" };
};

export type FirefoxManifest = SharedManifest & {
  background: { scripts: string[]; type: "module" };
  browser_specific_settings: {
    gecko: {
      id: string;
      strict_min_version: string;
      data_collection_permissions: { required: string[] };
    };
  };
};

/** The manifest for one browser. `styleHashes`: SHA-256 of each page's style in base64. */
export function manifestFor(browser: "chrome", styleHashes: readonly string[]): ChromeManifest;
export function manifestFor(browser: "firefox", styleHashes: readonly string[]): FirefoxManifest;
export function manifestFor(
  browser: Browser,
  styleHashes: readonly string[],
): ChromeManifest | FirefoxManifest;
export function manifestFor(
  browser: Browser,
  styleHashes: readonly string[],
): ChromeManifest | FirefoxManifest {
  switch (browser) {
    case "chrome":
      return {
        ...sharedManifest(styleHashes),
        key: CHROME_MANIFEST_KEY,
        // `action.openPopup()` for everyone, with which the popup comes back when the sign-in window has closed.
        minimum_chrome_version: "127",
        background: { service_worker: "background.js", type: "module" },
      };
    case "firefox":
      return {
        ...sharedManifest(styleHashes),
        background: { scripts: ["background.js"], type: "module" },
        browser_specific_settings: {
          gecko: {
            id: FIREFOX_EXTENSION_ID,
            strict_min_version: "140.0",
            // The session credential and the id of the location in view go to the server that the person chose; nothing goes
            // anywhere else.
            data_collection_permissions: { required: ["authenticationInfo", "browsingActivity"] },
          },
        },
      };
  }
}

function sharedManifest(styleHashes: readonly string[]): SharedManifest {
  return {
    manifest_version: 3,
    name: "__MSG_name__",
    description: "__MSG_extension_description__",
    version: VERSION,
    default_locale: "en",
    icons: { ...toolbarIconPaths("icon"), "128": "icons/icon-128.png" },
    action: {
      default_popup: "popup.html",
      default_title: "__MSG_name__",
      // There is nothing to say about a tab before the background has looked at it, and about most tabs ever.
      default_icon: toolbarIconPaths("grey"),
    },
    options_ui: { page: "options.html", open_in_tab: true },
    permissions: PERMISSIONS,
    optional_permissions: OPTIONAL_PERMISSIONS,
    // The addresses of their tabs, for the icon to follow the location in view. A person can take them back.
    host_permissions: HIGHLEVEL_HOSTS.map((host) => `https://${host}/*`),
    optional_host_permissions: OPTIONAL_HOSTS,
    content_security_policy: { extension_pages: contentSecurityPolicy(styleHashes) },
  };
}
