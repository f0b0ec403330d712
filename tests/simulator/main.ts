/** The simulator as a program of its own, for any HighLevel client to be pointed at. */
import { parseArgs } from "node:util";
import {
  DEFAULT_CLIENT_ID,
  DEFAULT_CLIENT_SECRET,
  DEFAULT_REDIRECT_URI,
  DEFAULT_SCOPES,
  defaultSettings,
} from "./default_settings.ts";
import { appIdOf } from "./settings.ts";
import { startSimulator } from "./start_simulator.ts";

const { values } = parseArgs({
  options: {
    "port": { type: "string", default: "8788" },
    "host": { type: "string", default: "127.0.0.1" },
    "client-id": { type: "string", default: DEFAULT_CLIENT_ID },
    "client-secret": { type: "string", default: DEFAULT_CLIENT_SECRET },
    "redirect-uri": { type: "string", multiple: true, default: [DEFAULT_REDIRECT_URI] },
    "scope": { type: "string", default: DEFAULT_SCOPES.join(" ") },
  },
});

const clientId = values["client-id"];
const clientSecret = values["client-secret"];
const settings = defaultSettings();
for (const app of settings.apps) {
  app.clientPairs = [{ clientId, clientSecret }];
  app.redirectUris = values["redirect-uri"];
  app.scopes = values.scope.split(" ").filter((scope) => scope !== "");
  app.versionIds = [appIdOf(clientId)];
}
const running = await startSimulator({ port: Number(values.port), host: values.host, settings });
for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);

print(`Simulator listening on ${running.url}`);
print(`  Authorization page  ${running.url}/v2/oauth/chooselocation`);
print(`  API                 ${running.url}`);
print(`  Client id           ${clientId}`);
print(
  `  Client secret       ${clientSecret}${
    clientSecret === DEFAULT_CLIENT_SECRET ? " (published, not a secret)" : ""
  }`,
);
print(`  Redirect URIs       ${values["redirect-uri"].join(" ")}`);
print(`  Scopes              ${values.scope}`);

async function stop(): Promise<void> {
  await running.close();
  Deno.exit(0);
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
