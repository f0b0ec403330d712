/**
 * The loop that one writes first: select a due row, post its token, update the row. As wide as Relatch's, over the same
 * pool; the rows are shared out among its lanes beforehand. It loses a token with every crash between POST and UPDATE.
 */
import * as v from "valibot";
import { connectDatabase } from "../../../server/db/connect_database.ts";
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from "../../simulator/default_settings.ts";
import { serveTasks, workerSettings } from "../bench_worker.ts";
import { preciseNow, type RotationRun, RotationSettings, WIDTH } from "./rotation_run.ts";

const Answer = v.object({ access_token: v.string(), refresh_token: v.string(), expires_in: v.number() });

const { databaseUrl, simulatorUrl } = workerSettings(RotationSettings);
const database = connectDatabase(databaseUrl);

serveTasks({
  async rotate(): Promise<RotationRun> {
    const startedAt = preciseNow();
    const rotations = await Promise.all(Array.from({ length: WIDTH }, (_, lane) => rotateLane(lane)));
    return { rotations: rotations.reduce((sum, count) => sum + count, 0), startedAt, endedAt: preciseNow() };
  },
});

async function rotateLane(lane: number): Promise<number> {
  for (let rotations = 0;; rotations++) {
    const [row] = await database<{ id: string; refreshToken: string }[]>`
      SELECT id, refresh_token AS "refreshToken" FROM naive_connections
      WHERE lane = ${lane} AND next_refresh_at <= now() ORDER BY next_refresh_at LIMIT 1`;
    if (row === undefined) return rotations;
    const response = await fetch(`${simulatorUrl}/oauth/token`, {
      method: "POST",
      body: new URLSearchParams({
        client_id: DEFAULT_CLIENT_ID,
        client_secret: DEFAULT_CLIENT_SECRET,
        grant_type: "refresh_token",
        refresh_token: row.refreshToken,
        user_type: "Location",
      }),
    });
    const answer = v.parse(Answer, await response.json());
    await database`
      UPDATE naive_connections SET access_token = ${answer.access_token}, refresh_token = ${answer.refresh_token},
        expires_at = now() + make_interval(secs => ${answer.expires_in}),
        next_refresh_at = now() + make_interval(secs => ${answer.expires_in * 0.9})
      WHERE id = ${row.id}`;
  }
}
