/** The simulator as a program of its own, for any HighLevel client to be pointed at. */
import { parseArgs } from "node:util";
import {
  DEFAULT_CLIENT_ID,
  DEFAULT_CLIENT_SECRET,
  DEFAULT_REDIRECT_URI,
  DEFAULT_SCOPES,
  defaultSettings,
  numberedCompanies,
  numberedLocations,
} from "./default_settings.ts";
import { ACCESS_TOKEN_SECONDS } from "./json_web_token.ts";
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
    "access-token-seconds": { type: "string", default: String(ACCESS_TOKEN_SECONDS) },
    "webhook-url": { type: "string" },
    "seed": { type: "string", default: "1" },
    "more-companies": { type: "string", default: "0" },
    "more-locations": { type: "string", default: "0" },
  },
});

const clientId = values["client-id"];
const clientSecret = values["client-secret"];
const settings = defaultSettings({ accessTokenSeconds: Number(values["access-token-seconds"]) });
settings.companies.push(...numberedCompanies(Number(values["more-companies"])));
settings.locations.push(...numberedLocations(Number(values["more-locations"])));
for (const app of settings.apps) {
  app.clientPairs = [{ clientId, clientSecret }];
  app.redirectUris = values["redirect-uri"];
  app.scopes = values.scope.split(" ").filter((scope) => scope !== "");
  app.versionIds = [appIdOf(clientId)];
  app.webhookUrl = values["webhook-url"];
}
const running = await startSimulator({
  port: Number(values.port),
  host: values.host,
  settings,
  seed: Number(values.seed),
});
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
print(`  Webhook URL         ${values["webhook-url"] ?? "none (--webhook-url)"}`);
print(`  Webhook public key  ${spkiOf(running.simulator.webhooks.signer.publicKey)}`);

/** Base64 SPKI on one line, which Relatch's HIGHLEVEL_WEBHOOK_PUBLIC_KEYS takes as well as PEM. */
function spkiOf(pem: string): string {
  return pem.replaceAll(/-----[A-Z ]+-----|\s/g, "");
}

async function stop(): Promise<void> {
  await running.close();
  Deno.exit(0);
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
