/** What the pictures show: an agency's locations, most of them well. */
import type { ConnectionStatus } from "#shared/connection_status.ts";
import { DEFAULT_COMPANIES, DEFAULT_LOCATIONS } from "../simulator/default_settings.ts";
import { eventfulHistory } from "../support/eventful_history.ts";
import { type FakeRelatch, fakeStatus, hoursFromNow } from "../support/fake_relatch.ts";

const [{ id, name } = { id: "", name: "" }] = DEFAULT_LOCATIONS;
export const LOCATION_ID = id;

const SCOPES = ["calendars.readonly", "contacts.readonly", "contacts.write", "locations.readonly"];
const WELL = [
  "Alder & Ash Interiors",
  "Bright Smile Dental",
  "Café Zürich",
  "Fairview Veterinary",
  "Green Valley Fitness",
  "Lakeside Legal",
  "Maple Street Bakery",
  "Old Town Barbers",
];

export function setScene(fake: FakeRelatch): void {
  fake.connection = status(1, name);
  fake.connections = [
    fake.connection,
    status(2, "Sunrise Yoga & Pilates", {
      state: "reconnect_required",
      // The last of the history.
      lastRefreshedAt: hoursFromNow(-24 * 2.4),
      nextRefreshAt: null,
      problem: { code: "refresh_token_rejected", since: hoursFromNow(-30), retryAt: null },
    }),
    status(3, "Northlight Legal", {
      state: "paused",
      lastRefreshedAt: hoursFromNow(-58),
      nextRefreshAt: hoursFromNow(5),
      problem: { code: "location_inactive", since: hoursFromNow(-50), retryAt: hoursFromNow(5) },
    }),
    ...WELL.map((wellName, index) => status(index + 4, wellName)),
  ];
  fake.status = (locationId) =>
    Response.json(
      locationId === fake.connection.locationId
        ? fake.connection
        : fake.connections.find((one) => one.locationId === locationId),
    );
  fake.events = eventfulHistory();
}

function status(
  index: number,
  locationName: string,
  changes: Partial<ConnectionStatus> = {},
): ConnectionStatus {
  return fakeStatus({
    connectionId: `connection-${index}`,
    locationId: index === 1 ? LOCATION_ID : `loc${String(index).padStart(2, "0")}AbCdEfGhIjKlMnO`,
    locationName,
    companyId: DEFAULT_COMPANIES[0]?.id ?? null,
    scopes: SCOPES,
    lastRefreshedAt: hoursFromNow(-(index % 9) - 1),
    nextRefreshAt: hoursFromNow(20 - (index % 9)),
    ...changes,
  });
}
