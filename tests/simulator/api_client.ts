/** Calls of HighLevel's API for the tests of the simulator, without a socket. */
import * as v from "valibot";
import { DEFAULT_CLIENT_ID, DEFAULT_COMPANIES, DEFAULT_LOCATIONS } from "./default_settings.ts";
import { appIdOf } from "./settings.ts";
import type { Simulator } from "./simulator.ts";
import { install, TokenFields } from "./token_client.ts";

export const APP_ID = appIdOf(DEFAULT_CLIENT_ID);
export const COMPANY_ID = DEFAULT_COMPANIES[0]?.id ?? "";
/** Ids of the three default locations. */
export const [FIRST = "", SECOND = "", THIRD = ""] = DEFAULT_LOCATIONS.map(({ id }) => id);
export const INSTALLATIONS_PATH = `/marketplace/app/${APP_ID}/installations`;

const Page = v.object({
  locations: v.array(v.looseObject({ _id: v.string(), name: v.string(), isInstalled: v.boolean() })),
  count: v.number(),
  installToFutureLocations: v.boolean(),
});
export type Page = v.InferOutput<typeof Page>;

/** A call with a Bearer token and a good version header, which an empty `version` leaves out. */
export async function callApi(
  simulator: Simulator,
  { path, token, method = "GET", body, version = "2021-07-28" }: {
    path: string;
    token: string;
    method?: string;
    body?: BodyInit;
    version?: string;
  },
): Promise<Response> {
  const headers = { Authorization: `Bearer ${token}`, ...(version === "" ? {} : { Version: version }) };
  return await simulator.app.request(path, { method, headers, ...(body === undefined ? {} : { body }) });
}

/** A Company token of the default agency. By default the first location is ticked. */
export async function installAgency(
  simulator: Simulator,
  consent: { locationIds?: string[] | "all"; installToFutureLocations?: boolean; scopes?: string[] } = {},
): Promise<TokenFields> {
  return await install(simulator, { installer: "agency", ...consent });
}

/** Asks for a location's token; `fields` are the form. */
export async function requestMint(
  simulator: Simulator,
  { token, ...fields }: { token: string; companyId?: string; locationId?: string },
): Promise<Response> {
  const body = new URLSearchParams(Object.entries({ companyId: COMPANY_ID, ...fields }));
  return await callApi(simulator, { path: "/oauth/locationToken", method: "POST", token, body });
}

/** A location's token, which has to be granted. */
export async function mint(simulator: Simulator, token: string, locationId: string): Promise<TokenFields> {
  return v.parse(TokenFields, await (await requestMint(simulator, { token, locationId })).json());
}

export async function requestPage(
  simulator: Simulator,
  { token, ...query }: { token: string } & Record<string, string>,
): Promise<Response> {
  const search = new URLSearchParams({ companyId: COMPANY_ID, appId: APP_ID, ...query });
  return await callApi(simulator, { path: `/oauth/installedLocations?${search}`, token });
}

/** A page of installed locations, which has to be granted. */
export async function readPage(
  simulator: Simulator,
  query: { token: string } & Record<string, string>,
): Promise<Page> {
  return v.parse(Page, await (await requestPage(simulator, query)).json());
}

/** Ids of the locations that the agency's token lists as installed. */
export async function installedIds(simulator: Simulator, token: string): Promise<string[]> {
  const { locations } = await readPage(simulator, { token, isInstalled: "true", limit: "100" });
  return locations.map(({ _id }) => _id);
}

/** Removes the app over the API. */
export async function removeApp(
  simulator: Simulator,
  { token, ...fields }: { token: string; companyId?: string; locationId?: string; reason?: string },
): Promise<Response> {
  const body = JSON.stringify(fields);
  return await callApi(simulator, { path: INSTALLATIONS_PATH, method: "DELETE", token, body });
}
