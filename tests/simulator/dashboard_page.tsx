/** Pages that stand in for HighLevel itself: what a person has in front of them when they open the extension. */
import type { Child } from "hono/jsx";
import { type Markup, Page } from "./page.tsx";
import type { Company, Location } from "./settings.ts";
import { SINGLE_PAGE_SCRIPT } from "./single_page_script.ts";

const SECTIONS = [
  ["dashboard", "Dashboard"],
  ["conversations", "Conversations"],
  ["calendars", "Calendars"],
  ["contacts", "Contacts"],
  ["opportunities", "Opportunities"],
  ["payments", "Payments"],
  ["automation", "Automation"],
  ["reporting", "Reporting"],
  ["integration", "App Marketplace"],
  ["settings", "Settings"],
] as const;

const BAR_HEIGHTS = [38, 55, 47, 72, 64, 88, 79, 93, 70, 84, 97, 90];

/** A page of one location; `section` is the first part of the path behind the location id. */
export function LocationPage({ location, section }: { location: Location; section: string }): Markup {
  const heading = SECTIONS.find(([path]) => path === section)?.[1] ?? "Dashboard";
  return (
    <CrmPage
      title={`${heading} · ${location.name}`}
      account={{ name: location.name, detail: location.address }}
      items={locationItems(location)}
      current={heading}
    >
      <header>
        <h1>{heading}</h1>
        <span class="soft">Last 30 days</span>
      </header>
      <div class="cards">
        <Figure title="New contacts" figure="248" change="+12% vs. last month" />
        <Figure title="Open opportunities" figure="61" change="+4 this week" />
        <Figure title="Booked appointments" figure="37" change="+9% vs. last month" />
        <Figure title="Pipeline value" figure="$84,200" change="+6% vs. last month" />
        <section class="card wide">
          <h2>Conversations by week</h2>
          <div class="bars" role="img" aria-label="Bar chart, rising from 38 to 90 conversations a week">
            {BAR_HEIGHTS.map((height) => <span key={height} style={`height:${height}%`}></span>)}
          </div>
        </section>
        <section class="card wide">
          <h2>Tasks</h2>
          <ul class="rows">
            <li>
              Call back about the open estimate <span>Today</span>
            </li>
            <li>
              Send the appointment reminder <span>Tomorrow</span>
            </li>
            <li>
              Review the new lead form <span>Friday</span>
            </li>
          </ul>
        </section>
      </div>
    </CrmPage>
  );
}

/** The navigation of every page of a location. */
export function locationItems({ id }: Location): NavigationItem[] {
  return SECTIONS.map(([path, label]) => ({ href: `/v2/location/${id}/${path}`, label }));
}

/** The navigation of every page of the agency. */
export const AGENCY_ITEMS: readonly NavigationItem[] = [
  { href: "/agency_dashboard", label: "Agency dashboard" },
  { href: "/agency_marketplace", label: "App Marketplace" },
  { href: "/", label: "All accounts" },
];

/** A page of the agency: no location in its address. */
export function AgencyPage(
  { company, locations }: { company: Company | undefined; locations: readonly Location[] },
): Markup {
  return (
    <CrmPage
      title="Agency dashboard"
      account={{ name: company?.name ?? "Agency", detail: "Agency view" }}
      items={AGENCY_ITEMS}
      current="Agency dashboard"
    >
      <header>
        <h1>Agency dashboard</h1>
      </header>
      <div class="cards">
        <Figure title="Sub-accounts" figure={`${locations.length}`} change="All up to date" />
        <Figure title="Recurring revenue" figure="$4,970" change="+2 this month" />
        <LocationList title="Sub-accounts" locations={locations} />
      </div>
    </CrmPage>
  );
}

/** A card with a link to each location's dashboard. */
export function LocationList(
  { title, locations }: { title: string; locations: readonly Location[] },
): Markup {
  return (
    <section class="card wide">
      <h2>{title}</h2>
      <ul class="rows">
        {locations.map(({ id, name, address }) => (
          <li>
            <a href={`/v2/location/${id}/dashboard`}>{name}</a>
            <span>{address}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export interface NavigationItem {
  href: string;
  label: string;
}

interface CrmPageProps {
  title: string;
  account: { name: string; detail: string };
  items: readonly NavigationItem[];
  current: string;
  children?: Child;
}

/** Navigation on the left, content on the right, and page changes without a reload, as in HighLevel. */
export function CrmPage({ title, account, items, current, children }: CrmPageProps): Markup {
  return (
    <Page title={title} script={SINGLE_PAGE_SCRIPT}>
      <div class="crm">
        <aside>
          <div class="switcher">
            <strong>{account.name}</strong>
            <span>{account.detail}</span>
          </div>
          <nav aria-label="Main">
            <ul>
              {items.map(({ href, label }) => (
                <li>
                  <a href={href} aria-current={label === current ? "page" : undefined}>{label}</a>
                </li>
              ))}
              <li>
                <a href="/agency_dashboard">Switch account</a>
              </li>
            </ul>
          </nav>
          <p class="notice">Simulated HighLevel for tests and demos</p>
        </aside>
        <main>{children}</main>
      </div>
    </Page>
  );
}

function Figure({ title, figure, change }: { title: string; figure: string; change: string }): Markup {
  return (
    <section class="card">
      <h2>{title}</h2>
      <p class="figure">{figure}</p>
      <p>{change}</p>
    </section>
  );
}
