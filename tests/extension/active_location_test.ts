import { parseActiveLocation } from "../../extension/src/active_location.ts";
import assert from "node:assert/strict";

const ID = "ve9EPM428h8vShlRW1KT";
const location = { kind: "location", locationId: ID };
const agencyPage = { kind: "agency_page" };
const notHighLevel = { kind: "not_highlevel" };

const ADDRESSES: [string, unknown][] = [
  [`https://app.gohighlevel.com/v2/location/${ID}/dashboard`, location],
  [`https://app.gohighlevel.com/v2/location/${ID}`, location],
  [`https://app.gohighlevel.com/v2/location/${ID}?tab=1#x`, location],
  [`https://app.leadconnectorhq.com/v2/location/${ID}/settings/company`, location],
  [`https://app.gohighlevel.com/location/${ID}/dashboard`, location],
  [`https://app.leadconnectorhq.com/location/${ID}`, location],
  [`https://crm.agency.example/v2/location/${ID}/contacts`, location],
  [`http://localhost:8788/v2/location/${ID}/dashboard`, location],
  [`https://APP.gohighlevel.com/v2/location/${ID}`, location],
  ["https://app.gohighlevel.com/v2/location/with-_dash_0001/x", {
    kind: "location",
    locationId: "with-_dash_0001",
  }],
  ["https://app.gohighlevel.com/", agencyPage],
  ["https://app.gohighlevel.com/agency_dashboard", agencyPage],
  ["https://app.gohighlevel.com/v2/location", agencyPage],
  ["https://app.gohighlevel.com/v2/location/short", agencyPage],
  ["https://app.gohighlevel.com/v2/location/has%20a%20space/x", agencyPage],
  [`https://app.gohighlevel.com/x/v2/location/${ID}`, agencyPage],
  [`https://app.gohighlevel.com/login?next=/v2/location/${ID}`, agencyPage],
  [`http://app.gohighlevel.com/location/${ID}`, notHighLevel],
  [`https://crm.agency.example/location/${ID}/contacts`, notHighLevel],
  ["https://crm.agency.example/v2/location/short", notHighLevel],
  [`https://app.gohighlevel.com.evil.example/location/${ID}`, notHighLevel],
  ["https://www.example.com/", notHighLevel],
  ["chrome://newtab/", notHighLevel],
  ["about:blank", notHighLevel],
  [`file:///v2/location/${ID}`, notHighLevel],
  ["", notHighLevel],
  ["no address", notHighLevel],
];

Deno.test("parseActiveLocation() tells locations, agency pages and other pages apart", () => {
  for (const [address, expected] of ADDRESSES) {
    assert.deepEqual(parseActiveLocation(address), expected, address);
  }
});
