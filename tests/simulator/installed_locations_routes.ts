/** `GET /oauth/installedLocations`: page by page, the locations of an agency and whether the app is in them (facts 4.2). */
import { Hono } from "hono";
import type { Answer } from "./answer.ts";
import { answerApiCall, forbidden, unprocessable } from "./api_call.ts";
import { installInCompany } from "./company_view.ts";
import { installKey, type LocationInstall } from "./install_registry.ts";
import { appIdOf, appsById, type Location } from "./settings.ts";
import type { SimulatorState } from "./simulator_state.ts";
import type { TokenFamily } from "./token_registry.ts";

const DAY_MILLISECONDS = 86_400_000;
const DEFAULT_LIMIT = 20;

/** An operation that a version of the API dropped, in the words of issue 304 of HighLevel's documentation. */
function removedIn(version: string, path: string): Answer {
  const message =
    `Endpoint ${path} not available in API version ${version}. This endpoint was removed in version ${version}. ` +
    `Please use a version before ${version}.`;
  return { status: 400, body: { message, error: "Bad Request", statusCode: 400 } };
}

export function installedLocationsRoutes(state: SimulatorState): Hono {
  return new Hono().get("/oauth/installedLocations", (context) => {
    const { pathname, search, searchParams } = new URL(context.req.url);
    return answerApiCall(state, {
      context,
      operation: "installed_locations",
      about: searchParams.get("locationId") ?? undefined,
      requirement: { authClass: "Company", scope: "oauth.readonly" },
      perform: (family) =>
        context.req.header("Version") === "v3"
          ? removedIn("v3", `${pathname}${search}`)
          : listLocations(state, { family, query: searchParams }),
    });
  });
}

function listLocations(
  state: SimulatorState,
  { family, query }: { family: TokenFamily; query: URLSearchParams },
): Answer {
  const { settings, installs, switches } = state;
  const problems = queryProblems(state, query);
  if (problems.length > 0) return unprocessable(problems);
  const { companyId } = family.consent;
  const appId = appIdOf(family.consent.clientId);
  if (query.get("companyId") !== companyId) return forbidden("company");
  if (query.get("appId") !== appId) return forbidden("app");

  const skip = Number(query.get("skip") ?? "0");
  const limit = Math.min(Number(query.get("limit") ?? DEFAULT_LIMIT), switches.installedLocationsMax);
  const ofCompany = settings.locations.filter((location) => location.companyId === companyId);
  const filters = filtersOf(state, query);
  const matching = ofCompany
    .map((location) => ({
      location,
      install: installInCompany(state, { appId, companyId, locationId: location.id }),
    }))
    .filter((entry) => filters.every((fits) => fits(entry)));
  const company = installs.companies.get(installKey(appId, companyId));
  return {
    status: 200,
    body: {
      locations: matching.slice(skip, skip + limit).map(listed),
      count: switches.installedLocationsCount === "company" ? ofCompany.length : matching.length,
      installToFutureLocations: company?.installToFutureLocations ?? false,
    },
  };
}

interface Entry {
  location: Location;
  install: LocationInstall | undefined;
}

function listed({ location: { id, name, address }, install }: Entry): Record<string, unknown> {
  const found = install === undefined
    ? {}
    : { versionId: install.versionId, installedAt: new Date(install.installedAt).toISOString() };
  return { _id: id, name, address, isInstalled: install !== undefined, ...found };
}

/** One test for each filter of the query, so that a page of ten thousand locations is quick. */
function filtersOf(state: SimulatorState, query: URLSearchParams): ((entry: Entry) => boolean)[] {
  const valueOf: Record<string, (entry: Entry) => string> = {
    locationId: ({ location }) => location.id,
    isInstalled: ({ install }) => String(install !== undefined),
    versionId: ({ install }) => install?.versionId ?? "",
    planId: ({ install }) => install?.planId ?? "",
    onTrial: ({ install }) => String(install !== undefined && isOnTrial(state, install)),
  };
  const filters = Object.entries(valueOf).flatMap(([name, read]) => {
    const wanted = query.get(name);
    return wanted === null ? [] : [(entry: Entry) => read(entry) === wanted];
  });
  const name = query.get("query")?.toLowerCase();
  if (name !== undefined) filters.push(({ location }) => location.name.toLowerCase().includes(name));
  return filters;
}

function isOnTrial(
  { clock, settings }: SimulatorState,
  { appId, planId, installedAt }: LocationInstall,
): boolean {
  const days = appsById(settings).get(appId)?.plan?.trialDays ?? 0;
  return planId !== null && clock.now() < installedAt + days * DAY_MILLISECONDS;
}

function queryProblems({ switches }: SimulatorState, query: URLSearchParams): string[] {
  const problems: string[] = [];
  for (const name of ["companyId", "appId"]) {
    if ((query.get(name) ?? "") === "") {
      problems.push(`${name} must be a string`, `${name} should not be empty`);
    }
  }
  for (const name of ["skip", "limit"]) {
    if (!/^\d+$/.test(query.get(name) ?? "0")) problems.push(`${name} must be a number string`);
  }
  for (const name of ["isInstalled", "onTrial"]) {
    if (!/^(true|false)$/.test(query.get(name) ?? "true")) problems.push(`${name} must be a boolean value`);
  }
  const max = switches.installedLocationsMax;
  if (switches.installedLocationsAboveMax === "refused" && Number(query.get("limit")) > max) {
    problems.push(`limit must not be greater than ${max}`);
  }
  return problems;
}
