/** The page of one location's installable apps. Installs that start here carry no `state`, as at HighLevel. */
import { CrmPage, locationItems } from "./dashboard_page.tsx";
import type { Markup } from "./page.tsx";
import { appIdOf, type AppRegistration, type Location } from "./settings.ts";

export function MarketplacePage(
  { location, apps }: { location: Location; apps: readonly AppRegistration[] },
): Markup {
  return (
    <CrmPage
      title={`App Marketplace · ${location.name}`}
      account={{ name: location.name, detail: location.address }}
      items={locationItems(location)}
      current="App Marketplace"
    >
      <header>
        <h1>App Marketplace</h1>
      </header>
      <div class="cards">
        {apps.map((app) => (
          <section class="card wide">
            <ul class="rows">
              <li>
                <strong>{app.name}</strong>
                <a class="button" href={installLink(app)}>Install</a>
              </li>
            </ul>
          </section>
        ))}
      </div>
    </CrmPage>
  );
}

/** The install link of the developer portal: every parameter but `state`. */
export function installLink(app: AppRegistration): string {
  const clientId = app.clientPairs[0]?.clientId ?? "";
  const query = new URLSearchParams({
    response_type: "code",
    redirect_uri: app.redirectUris[0] ?? "",
    client_id: clientId,
    scope: app.scopes.join(" "),
    version_id: app.versionIds[0] ?? appIdOf(clientId),
  });
  return `/v2/oauth/chooselocation?${query}`;
}
