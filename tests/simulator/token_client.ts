/** An OAuth client for the tests of the simulator: its clock stands still, and it talks to it without a socket. */
import * as v from "valibot";
import { createClock } from "./clock.ts";
import type { DirectConsent } from "./consent.ts";
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from "./default_settings.ts";
import { createSimulator, type Simulator, type SimulatorOptions } from "./simulator.ts";

const START = Date.UTC(2026, 0, 15, 9);

/** The fields of a token answer that tests look at; the others are kept as they came. */
export const TokenFields = v.looseObject({
  access_token: v.string(),
  refresh_token: v.string(),
  expires_in: v.number(),
  userType: v.string(),
});
export type TokenFields = v.InferOutput<typeof TokenFields>;

/** A simulator whose time moves only by `clock.advance()`. */
export function createStillSimulator(options: SimulatorOptions = {}): Simulator {
  return createSimulator({ clock: createClock(() => START), ...options });
}

/** Posts a form with the default client pair; `fields` are added to it or replace its parts, empty ones remove them. */
export async function postToken(simulator: Simulator, fields: Record<string, string>): Promise<Response> {
  const form = { client_id: DEFAULT_CLIENT_ID, client_secret: DEFAULT_CLIENT_SECRET, ...fields };
  const sent = Object.entries(form).filter(([, value]) => value !== "");
  return await simulator.app.request("/oauth/token", { method: "POST", body: new URLSearchParams(sent) });
}

/** Tokens of a new install. Throws when they are not granted. */
export async function install(simulator: Simulator, consent: DirectConsent = {}): Promise<TokenFields> {
  const code = simulator.issueCode(consent);
  return await grantedTokens(await postToken(simulator, { grant_type: "authorization_code", code }));
}

/** Presents a refresh token. */
export async function presentRefreshToken(simulator: Simulator, refreshToken: string): Promise<Response> {
  return await postToken(simulator, { grant_type: "refresh_token", refresh_token: refreshToken });
}

/** Presents a refresh token that has to be accepted. Throws when it is not. */
export async function rotate(simulator: Simulator, refreshToken: string): Promise<TokenFields> {
  return await grantedTokens(await presentRefreshToken(simulator, refreshToken));
}

/** Status and body, for one comparison. */
export async function readAnswer(response: Response): Promise<{ status: number; body: unknown }> {
  return { status: response.status, body: await response.json() };
}

async function grantedTokens(response: Response): Promise<TokenFields> {
  const { status, body } = await readAnswer(response);
  if (status !== 200) throw new Error(`Cannot get tokens: status ${status}`);
  return v.parse(TokenFields, body);
}
