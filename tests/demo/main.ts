/**
 * The demo: a simulated HighLevel, the server with a database of its own, and Chromium with the built extension, all
 * on this machine. Ctrl-C or closing the browser ends all of it, and what it made is removed.
 */
import { fileURLToPath } from "node:url";
import { WEBHOOKS_PATH } from "#shared/endpoints.ts";
import { DEFAULT_LOCATIONS } from "../simulator/default_settings.ts";
import { startSimulator } from "../simulator/start_simulator.ts";
import { buildExtension } from "../support/build_extension.ts";
import { findChromium, launchChromium } from "../support/chromium.ts";
import { makeReachableFolder } from "../support/reachable_folder.ts";
import { freePort, startServer } from "../support/server_process.ts";
import { createDemoProfile } from "./demo_profile.ts";

/** What an agency's install needs, and one thing to do with a location. */
const SCOPES = "contacts.readonly oauth.readonly oauth.write marketplace-installer-details.readonly";
const EXTENSION_FOLDER = fileURLToPath(new URL("../../dist/demo", import.meta.url));

await run();
Deno.exit(0);

async function run(): Promise<void> {
  const { stopped, isStopped } = stopSignal();
  print("Starting a simulated HighLevel, a database, the server and the extension …");
  await using folder = await makeReachableFolder("relatch-demo-");
  const port = freePort();
  const simulator = await startSimulator({ port: 0 });
  const publicUrl = `http://localhost:${port}`;
  for (const app of simulator.simulator.settings.apps) {
    // HighLevel's marketplace sends to the first one.
    app.redirectUris.unshift(`${publicUrl}/oauth/callback`);
    app.webhookUrl = publicUrl + WEBHOOKS_PATH;
  }
  await using server = await startServer({
    port,
    highlevelUrl: simulator.url,
    settings: {
      DATA_DIR: `${folder.path}/data`,
      HIGHLEVEL_SCOPES: SCOPES,
      HIGHLEVEL_WEBHOOK_PUBLIC_KEYS: simulator.simulator.webhooks.signer.publicKey,
    },
  });
  if (isStopped()) return await simulator.close();
  const extensionPath = await buildExtension({ server: server.url, out: EXTENSION_FOLDER });
  const page = `${simulator.url}/v2/location/${DEFAULT_LOCATIONS[0]?.id}/dashboard`;
  print(`  Simulated HighLevel  ${simulator.url}`);
  print(`  Relatch server       ${server.url}`);
  print(`  Extension            ${extensionPath}`);
  print(`  Its marketplace      ${page.replace("dashboard", "integration")} (a location's user)`);
  print(`                       ${simulator.url}/agency_marketplace (an agency's user)`);

  if (isStopped()) return await simulator.close();
  {
    await using shown = await showExtension({ extensionPath, page, profile: `${folder.path}/profile` });
    const first = await Promise.race([stopped, shown.closed, server.status]);
    if (first !== undefined) print(`The server ended by itself:\n${server.lines.join("\n")}`);
    print("\nStopping …");
  }
  await simulator.close();
}

/** Opens Chromium on `page`, or says how to get there. `closed` resolves when the person closes the browser. */
async function showExtension(
  { extensionPath, page, profile }: { extensionPath: string; page: string; profile: string },
): Promise<AsyncDisposable & { closed: Promise<void> }> {
  if (!await canShowBrowser()) {
    print("\nThere is no Chromium or no screen here. In a Chrome or Chromium of yours:");
    print(`  – open chrome://extensions, switch on developer mode, "Load unpacked", choose ${extensionPath}`);
    print(`  – open ${page}`);
    printClicks();
    return { closed: new Promise(() => {}), [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const userDataDirectory = await createDemoProfile(profile);
  const chromium = await launchChromium({ extensionPath, headless: false, userDataDirectory });
  const [tab = await chromium.browser.newPage()] = await chromium.browser.pages();
  await tab.goto(page);
  print("\nIn the browser that opened:");
  printClicks();
  const closed = new Promise<void>((resolve) => chromium.browser.once("disconnected", () => resolve()));
  return { closed, [Symbol.asyncDispose]: () => chromium[Symbol.asyncDispose]() };
}

function printClicks(): void {
  print("  1. click the Relatch icon in the toolbar");
  print("  2. click Connect");
  print("  3. click Allow & Install in the window that opens: the popup says Connected");
  print("\nCtrl-C ends the demo.");
}

async function canShowBrowser(): Promise<boolean> {
  if (await findChromium() === undefined) return false;
  return Deno.build.os !== "linux" || ["DISPLAY", "WAYLAND_DISPLAY"].some((name) => Deno.env.get(name));
}

/** SIGHUP is what a closed terminal sends. */
function stopSignal(): { stopped: Promise<void>; isStopped: () => boolean } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isStopped = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    if (Deno.build.os === "windows" && signal !== "SIGINT") continue;
    Deno.addSignalListener(signal, () => {
      isStopped = true;
      resolve();
    });
  }
  return { stopped: promise, isStopped: () => isStopped };
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
