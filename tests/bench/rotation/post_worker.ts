/** Only the POST, without a database: how much the simulator can answer, over kept and over single-use connections. */
import * as v from "valibot";
import { createSingleUseClient, fetchThrough } from "../../../server/highlevel/single_use_connections.ts";
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from "../../simulator/default_settings.ts";
import { serveTasks, workerSettings } from "../bench_worker.ts";
import { preciseNow, type RotationRun, WIDTH } from "./rotation_run.ts";

const Answer = v.object({ refresh_token: v.string() });
const Order = v.object({ fetch: v.picklist(["single_use", "kept_connections"]), count: v.number() });

const { simulatorUrl, refreshTokens } = workerSettings(
  v.object({ simulatorUrl: v.string(), refreshTokens: v.array(v.string()) }),
);
const fetches = { single_use: fetchThrough(createSingleUseClient()), kept_connections: fetch };

serveTasks({
  async rotate(order): Promise<RotationRun> {
    const { fetch, count } = v.parse(Order, order);
    const startedAt = preciseNow();
    let begun = 0;
    await Promise.all(Array.from({ length: WIDTH }, async (_, lane) => {
      for (; begun < count;) {
        begun += 1;
        refreshTokens[lane] = await post(fetches[fetch], refreshTokens[lane] ?? "");
      }
    }));
    return { rotations: begun, startedAt, endedAt: preciseNow() };
  },
});

async function post(call: typeof fetch, refreshToken: string): Promise<string> {
  const response = await call(`${simulatorUrl}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({
      client_id: DEFAULT_CLIENT_ID,
      client_secret: DEFAULT_CLIENT_SECRET,
      grant_type: "refresh_token",
      refresh_token: refreshToken,
      user_type: "Location",
    }),
  });
  return v.parse(Answer, await response.json()).refresh_token;
}
