/** What connecting for real needs around a browser: simulator and server as processes, and the extension built for them. */
import { fileURLToPath } from "node:url";
import { buildExtension } from "../support/build_extension.ts";
import { makeReachableFolder } from "../support/reachable_folder.ts";
import { freePort, type ServerProcess, startServer } from "../support/server_process.ts";
import { type SimulatorProcess, startSimulatorProcess } from "../support/simulator_process.ts";
import type { Browser } from "../../extension/manifest.ts";

export interface ConnectWorld extends AsyncDisposable {
  readonly simulator: SimulatorProcess;
  readonly server: ServerProcess;
  /** Folder of the built extension. */
  readonly extensionPath: string;
  /** For the browser's profile. */
  readonly folder: string;
}

export async function openConnectWorld(browser: Browser): Promise<ConnectWorld> {
  const port = freePort();
  const folder = await makeReachableFolder();
  const simulator = await startSimulatorProcess([`http://localhost:${port}/oauth/callback`]);
  const settings = {
    DATA_DIR: `${folder.path}/data`,
    // The last one is for disconnecting.
    HIGHLEVEL_SCOPES: "contacts.readonly contacts.write oauth.write",
    LOG_LEVEL: "debug",
  };
  const server = await startServer({ port, highlevelUrl: simulator.url, settings });
  const out = fileURLToPath(new URL(`../../dist/test-connect-${browser}`, import.meta.url));
  return {
    simulator,
    server,
    extensionPath: await buildExtension({ server: server.url, out, browser }),
    folder: folder.path,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await simulator[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
