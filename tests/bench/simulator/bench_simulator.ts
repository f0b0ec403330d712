/** The simulator as a worker, with as many locations as are asked for and a summary of its ledger. */
import * as v from "valibot";
import {
  DEFAULT_CLIENT_ID,
  DEFAULT_CLIENT_SECRET,
  DEFAULT_COMPANIES,
} from "../../simulator/default_settings.ts";
import { serveHttp } from "../../simulator/http_server.ts";
import { createSimulator } from "../../simulator/simulator.ts";
import { serveTasks, workerSettings } from "../bench_worker.ts";
import { BenchInstall, SimulatorOrder } from "./bench_install.ts";

const COMPANY_ID = DEFAULT_COMPANIES[0]?.id ?? "";

const { locations } = workerSettings(SimulatorOrder);
const simulator = createSimulator({
  settings: {
    locations: Array.from({ length: locations }, (_, index) => ({
      id: locationId(index),
      name: `Location ${index}`,
      address: "1 Main Street",
      companyId: COMPANY_ID,
      active: true,
    })),
  },
});
const { port } = await serveHttp((request) => simulator.app.fetch(request), { port: 0, host: "127.0.0.1" });

let installed = 0;
serveTasks({
  address: () => Promise.resolve({ url: `http://127.0.0.1:${port}` }),
  async install(order) {
    const { count } = v.parse(v.object({ count: v.number() }), order);
    const installs: BenchInstall[] = [];
    for (const last = installed + count; installed < last; installed++) {
      installs.push(await install(locationId(installed)));
    }
    return installs;
  },
  ledger: () =>
    Promise.resolve({
      rotated: simulator.ledger.callCounts()["refresh_token"]?.rotated ?? 0,
      sameAgain: simulator.ledger.callCounts()["refresh_token"]?.same_again ?? 0,
      calls: simulator.ledger.calls().filter(({ grantType }) => grantType === "refresh_token").length,
      outsideWindow: simulator.ledger.refreshTokensPresentedOutsideWindow().length,
      lost: simulator.ledger.lostRotations().length,
    }),
});

/** Twenty characters, like HighLevel's. */
function locationId(index: number): string {
  return `bench${index.toString(36).padStart(15, "0")}`;
}

async function install(locationId: string): Promise<BenchInstall> {
  const response = await simulator.app.request("/oauth/token", {
    method: "POST",
    body: new URLSearchParams({
      client_id: DEFAULT_CLIENT_ID,
      client_secret: DEFAULT_CLIENT_SECRET,
      grant_type: "authorization_code",
      code: simulator.issueCode({ locationIds: [locationId] }),
    }),
  });
  return v.parse(BenchInstall, await response.json());
}
