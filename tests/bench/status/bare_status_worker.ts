/** The status read with nothing around it: a bare Hono route that sends the same query over the same pool. */
import { Hono } from "hono";
import * as v from "valibot";
import { LOCATION_STATUS_PATTERN } from "#shared/endpoints.ts";
import { digestOf } from "../../../server/crypto/opaque_token.ts";
import { connectDatabase } from "../../../server/db/connect_database.ts";
import { serveTasks, workerSettings } from "../bench_worker.ts";

const { databaseUrl } = workerSettings(v.object({ databaseUrl: v.string() }));
const database = connectDatabase(databaseUrl);

const app = new Hono();
app.get(LOCATION_STATUS_PATTERN, async (c) => {
  const sessionToken = c.req.header("authorization")?.slice("Bearer ".length) ?? "";
  const [row] = await database`
    SELECT extract(epoch FROM s.expires_at - now())::float8 AS "sessionRemainingSeconds",
      c.id, c.kind, c.location_id AS "locationId", c.location_name AS "locationName", c.company_id AS "companyId",
      c.scopes, c.access_token_expires_at AS "accessTokenExpiresAt", c.last_refreshed_at AS "lastRefreshedAt",
      c.next_refresh_at AS "nextRefreshAt", c.problem_code AS "problemCode", c.problem_since AS "problemSince"
    FROM sessions s
    LEFT JOIN (session_grants g JOIN connections c ON c.id = g.connection_id)
      ON g.session_id = s.id AND c.kind = 'location' AND c.location_id = ${c.req.param("locationId")}
        AND c.refresh_token IS NOT NULL
    WHERE s.token_digest = ${digestOf(sessionToken)} AND s.expires_at > now()`;
  return c.json(row);
});

const { addr } = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, app.fetch);
serveTasks({ address: () => Promise.resolve({ url: `http://127.0.0.1:${addr.port}` }) });
