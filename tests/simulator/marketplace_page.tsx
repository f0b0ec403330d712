/**
 * Installable apps, as a location's user and as an agency's user sees them. Their Install buttons start the public flow: it
 * goes to the app's first redirect URI with a `code` and no `state`, as at HighLevel.
 */
import { AGENCY_ITEMS, CrmPage, locationItems } from "./dashboard_page.tsx";
import type { Markup } from "./page.tsx";
import { appIdFor, appIdOf, type AppRegistration, type Company, type Location } from "./settings.ts";

export function MarketplacePage(
  { location, apps, isInstalled }: {
    location: Location;
    apps: readonly AppRegistration[];
    isInstalled: (app: AppRegistration) => boolean;
  },
): Markup {
  return (
    <CrmPage
      title={`App Marketplace · ${location.name}`}
      account={{ name: location.name, detail: location.address }}
      items={locationItems(location)}
      current="App Marketplace"
    >
      <Apps
        apps={apps.filter(({ target }) => target === "location")}
        linkFor={(app) => installLink(app, { installer: "location", from_location: location.id })}
        isInstalled={isInstalled}
      />
    </CrmPage>
  );
}

/** An agency user installs in bulk, and gets a Company token. */
export function AgencyMarketplacePage(
  { company, apps, isInstalled }: {
    company: Company | undefined;
    apps: readonly AppRegistration[];
    isInstalled: (app: AppRegistration) => boolean;
  },
): Markup {
  return (
    <CrmPage
      title="App Marketplace · Agency"
      account={{ name: company?.name ?? "Agency", detail: "Agency view" }}
      items={AGENCY_ITEMS}
      current="App Marketplace"
    >
      <Apps
        apps={apps}
        linkFor={(app) => installLink(app, { installer: "agency" })}
        isInstalled={isInstalled}
      />
    </CrmPage>
  );
}

function Apps(
  { apps, linkFor, isInstalled }: {
    apps: readonly AppRegistration[];
    linkFor: (app: AppRegistration) => string;
    isInstalled: (app: AppRegistration) => boolean;
  },
): Markup {
  return (
    <>
      <header>
        <h1>App Marketplace</h1>
      </header>
      <div class="cards">
        {apps.map((app) => (
          <section class="card wide">
            <ul class="rows">
              <li>
                <strong>{app.name}</strong>
                {isInstalled(app)
                  ? <InstalledApp app={app} link={linkFor(app)} />
                  : <a class="button" href={linkFor(app)} aria-label={`Install ${app.name}`}>Install</a>}
              </li>
            </ul>
          </section>
        ))}
        {apps.length === 0 ? <p class="soft">No app can be installed here.</p> : null}
      </div>
    </>
  );
}

/** The form posts to the page that it is on. */
function InstalledApp({ app, link }: { app: AppRegistration; link: string }): Markup {
  return (
    <form class="installed" method="post">
      <span>Installed</span>
      <a class="button" href={link} aria-label={`Install ${app.name} again`}>Install again</a>
      <button
        class="button"
        type="submit"
        name="uninstall"
        value={appIdFor(app)}
        aria-label={`Uninstall ${app.name}`}
      >
        Uninstall
      </button>
    </form>
  );
}

/** The install link of the developer portal: every parameter but `state`, and who it is that installs. */
function installLink(app: AppRegistration, visitor: Record<string, string>): string {
  const clientId = app.clientPairs[0]?.clientId ?? "";
  const query = new URLSearchParams({
    response_type: "code",
    redirect_uri: app.redirectUris[0] ?? "",
    client_id: clientId,
    scope: app.scopes.join(" "),
    version_id: app.versionIds[0] ?? appIdOf(clientId),
    ...visitor,
  });
  return `/v2/oauth/chooselocation?${query}`;
}
