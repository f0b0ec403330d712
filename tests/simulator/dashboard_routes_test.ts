import assert from "node:assert/strict";
import { createStillSimulator } from "./token_client.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const LOCATION = "ve9EPM428h8vShlRW1KT";

for (
  const path of [
    `/v2/location/${LOCATION}/dashboard`,
    `/v2/location/${LOCATION}`,
    `/v2/location/${LOCATION}/contacts/smart_list/All`,
    `/location/${LOCATION}/dashboard`,
  ]
) {
  Deno.test(`the page at ${path} shows its location`, async () => {
    const page = await createStillSimulator().app.request(path);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /Harbor Dental Studio/);
  });
}

Deno.test("the page of an unknown location is not found", async () => {
  assert.equal((await createStillSimulator().app.request("/v2/location/unknown/dashboard")).status, 404);
});

Deno.test("the agency dashboard and the start page link to every location", async () => {
  const simulator = createStillSimulator();
  for (const path of ["/agency_dashboard", "/"]) {
    const text = await (await simulator.app.request(path)).text();
    for (const { id } of simulator.settings.locations) {
      assert.ok(text.includes(`/v2/location/${id}/dashboard`));
    }
  }
});

Deno.test("an install from the marketplace page reaches the authorization page without a state", async () => {
  const simulator = createStillSimulator();
  const page = await (await simulator.app.request(`/v2/location/${LOCATION}/integration`)).text();
  const link = page.match(/href="(\/v2\/oauth\/chooselocation[^"]*)"/)?.[1]?.replaceAll("&amp;", "&") ?? "";
  assert.equal(new URL(link, "http://127.0.0.1").searchParams.has("state"), false);
  assert.match(await (await simulator.app.request(link)).text(), /Select the account you want to connect/);
});
