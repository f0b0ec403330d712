/**
 * An app on the official SDK: it looks for sessions that expire and lets the SDK make each token valid, which is what
 * happens before every call of the API. As many at a time as Relatch.
 */
import { HighLevel } from "@gohighlevel/api-client";
import * as v from "valibot";
import { connectDatabase } from "../../../server/db/connect_database.ts";
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from "../../simulator/default_settings.ts";
import { serveTasks, workerSettings } from "../bench_worker.ts";
import { preciseNow, type RotationRun, RotationSettings, WIDTH } from "../rotation/rotation_run.ts";
import { BenchInstall } from "../simulator/bench_install.ts";
import { PostgresSessionStorage } from "./postgres_session_storage.ts";

/** The SDK itself renews what ends within 30 seconds. */
const SOON_MILLISECONDS = 30_000;
/** `shuffled`: every process in an order of its own, as when callers rather than a loop bring the work. */
const Order = v.object({ order: v.picklist(["by_expiry", "shuffled"]) });

const { databaseUrl, simulatorUrl } = workerSettings(RotationSettings);
const database = connectDatabase(databaseUrl);
const storage = new PostgresSessionStorage(database);
const sdk = new HighLevel({
  clientId: DEFAULT_CLIENT_ID,
  clientSecret: DEFAULT_CLIENT_SECRET,
  sessionStorage: storage,
});
// The address is a private constant of the SDK; its HTTP client is public, "for advanced usage".
sdk.getHttpClient().defaults.baseURL = simulatorUrl;

serveTasks({
  async save(order) {
    await storage.createCollection();
    for (const install of v.parse(v.array(BenchInstall), order)) {
      await storage.setSession(install.locationId, install);
    }
  },
  async rotate(order): Promise<RotationRun> {
    const { order: sequence } = v.parse(Order, order);
    const startedAt = preciseNow();
    const rows = await database<{ resourceId: string }[]>`
      SELECT resource_id AS "resourceId" FROM application_sessions
      WHERE expire_at <= ${Date.now() + SOON_MILLISECONDS} ORDER BY expire_at`;
    const due = rows.map(({ resourceId }) => resourceId);
    if (sequence === "shuffled") shuffle(due);
    await Promise.all(Array.from({ length: WIDTH }, async () => {
      for (let locationId = due.pop(); locationId !== undefined; locationId = due.pop()) {
        await sdk.getTokenForSecurity(["Location-Access"], {}, { locationId });
      }
    }));
    // How many of them it renewed, the SDK does not tell; the ledger does.
    return { rotations: 0, startedAt, endedAt: preciseNow() };
  },
});

/** Fisher–Yates. */
function shuffle(values: string[]): void {
  for (let last = values.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [values[last], values[other]] = [values[other] ?? "", values[last] ?? ""];
  }
}
