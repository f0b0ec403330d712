/** The pages of the authorization window: choosing an account, a refused request, and the end after a cancel. */
import type { Child } from "hono/jsx";
import type { AuthorizationRequest } from "./authorization_request.ts";
import { type Markup, Page, SimulatorNotice } from "./page.tsx";
import type { Location } from "./settings.ts";

/** The consent form. It posts to its own address, so that the request travels in the query only, and survives a reload. */
export function ChooseLocationPage(
  { request, locations }: { request: AuthorizationRequest; locations: readonly Location[] },
): Markup {
  const { app, installer, scopes } = request;
  const several = installer === "agency";
  const active = locations.filter((location) => location.active);
  const ticked = active.find(({ id }) => id === request.fromLocationId) ?? active[0];
  return (
    <ConsentPage title="Select the account you want to connect">
      <div class="app-mark" aria-hidden="true">{app.name.charAt(0)}</div>
      <h1>Select the account you want to connect</h1>
      <p class="soft">
        <strong>{app.name}</strong> asks for access to{" "}
        {several ? "sub-accounts of your agency" : "one of your locations"}.
      </p>
      <form method="post">
        <fieldset class="accounts">
          <legend>{several ? "Sub-accounts" : "Locations"}</legend>
          {locations.map((location) => (
            <label class="account">
              <input
                type={several ? "checkbox" : "radio"}
                name="location_id"
                value={location.id}
                checked={location === ticked}
                disabled={!location.active}
                required={!several}
              />
              <span>
                <strong>{location.name}</strong>
                <span>{location.active ? location.address : `${location.address} · not active`}</span>
              </span>
            </label>
          ))}
        </fieldset>
        {several ? <WholeAgency /> : null}
        <details>
          <summary>What {app.name} may do ({scopes.length} permissions)</summary>
          <ul>
            {scopes.map((scope) => (
              <li>
                <code>{scope}</code>
              </li>
            ))}
          </ul>
        </details>
        <div class="actions">
          <button class="button" type="submit" form="cancel">Cancel</button>
          <button class="button primary" type="submit">Allow &amp; Install</button>
        </div>
      </form>
      <form id="cancel" method="post">
        <input type="hidden" name="decision" value="cancel" />
      </form>
    </ConsentPage>
  );
}

/** What an agency user may allow beyond the ticked sub-accounts. */
function WholeAgency(): Markup {
  return (
    <fieldset class="accounts">
      <legend>Whole agency</legend>
      <label class="account">
        <input type="checkbox" name="all_locations" value="on" />
        <strong>All sub-accounts</strong>
      </label>
      <label class="account">
        <input type="checkbox" name="future_locations" value="on" />
        <strong>Sub-accounts that are added later</strong>
      </label>
    </fieldset>
  );
}

/** What HighLevel shows for a request it refuses. The browser stays here. */
export function AuthorizationProblemPage({ problem }: { problem: string }): Markup {
  return (
    <ConsentPage title="Something went wrong">
      <h1>This app cannot be installed</h1>
      <p class="problem" role="alert">
        <code>{problem}</code>
      </p>
    </ConsentPage>
  );
}

export function CancelledPage(): Markup {
  return (
    <ConsentPage title="Cancelled">
      <h1>Nothing was installed</h1>
      <p class="soft">You can close this window.</p>
    </ConsentPage>
  );
}

function ConsentPage({ title, children }: { title: string; children?: Child }): Markup {
  return (
    <Page title={title}>
      <div class="consent">
        <main>{children}</main>
        <SimulatorNotice />
      </div>
    </Page>
  );
}
