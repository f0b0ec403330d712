/** Installs of a history: from HighLevel's marketplace, and by people with the extension. */
import * as v from "valibot";
import { SESSIONS_PATH } from "#shared/endpoints.ts";
import { SessionResponse } from "#shared/session.ts";
import type { DirectConsent } from "../../simulator/consent.ts";
import { createAttempt, PUBLIC_URL, SIMULATOR_URL } from "../../support/test_relatch.ts";
import { createTestBrowser, outcomeOf, redirectOf } from "../../support/test_browser.ts";
import type { Exchange } from "./history_plan.ts";
import type { HistoryWorld } from "./history_world.ts";
import type { Scene } from "./scene.ts";

/** Somebody allows the app at HighLevel, and the code comes to the callback, or does not. */
export async function installFromMarketplace(
  world: HistoryWorld,
  scene: Scene,
  { consent, exchange }: { consent: DirectConsent; exchange: Exchange },
): Promise<string> {
  const code = world.relatch.simulator.issueCode(consent);
  const resourceId = consent.installer === "agency" ? consent.companyId : consent.locationIds?.[0];
  if (exchange === "now") return await bringCode(world, scene, code);
  if (exchange === "later") scene.codes.push({ code, resourceId: resourceId ?? "" });
  return exchange === "later" ? "the code is left lying" : "the code is lost";
}

/** A browser comes to the callback with a code alone. */
export async function bringCode({ relatch }: HistoryWorld, scene: Scene, code: string): Promise<string> {
  const { app, config } = relatch;
  const response = await app.request(`${config.callbackPath}?code=${code}`, {}, addressOf(scene));
  return `the page says "${await outcomeOf(response)}"`;
}

/** Somebody connects with the extension, and holds a session afterwards: the same one each second time. */
export async function connectWithExtension(
  world: HistoryWorld,
  scene: Scene,
  consent: DirectConsent,
): Promise<string> {
  const { app, config, simulator } = world.relatch;
  const browser = createTestBrowser({
    [PUBLIC_URL]: (request) => app.fetch(request, addressOf(scene)),
    [SIMULATOR_URL]: (request) => simulator.app.fetch(request),
  });
  const attempt = createAttempt();
  const page = await redirectOf(await browser.open(attempt.connectUrl));
  const callback = new URL(config.callbackPath, PUBLIC_URL);
  callback.searchParams.set("code", simulator.issueCode(consent));
  callback.searchParams.set("state", page.searchParams.get("state") ?? "");
  const returned = await redirectOf(await browser.open(callback));
  const code = returned.searchParams.get("code");
  if (code === null) return `the extension is told "${returned.searchParams.get("error")}"`;
  const session = scene.sessions.length % 2 === 1 ? scene.sessions.at(-1) : undefined;
  const response = await app.request(SESSIONS_PATH, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(session === undefined ? {} : { authorization: `Bearer ${session}` }),
    },
    body: JSON.stringify({ code, codeVerifier: attempt.codeVerifier }),
  }, addressOf(scene));
  const body: unknown = await response.json();
  if (response.status !== 201) return `no session: ${response.status}`;
  const { token, connection } = v.parse(SessionResponse, body);
  if (token !== session) scene.sessions.push(token);
  return `${connection.state}, with ${token === session ? "the same" : "a new"} session`;
}

/** Every history's people have an address of their own. */
export function addressOf({ number }: Scene): { remoteAddr: { hostname: string } } {
  return { remoteAddr: { hostname: `10.1.${number >> 8 & 255}.${number & 255}` } };
}
