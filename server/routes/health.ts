/** `GET /healthz` (the process answers) and `GET /readyz` (it can also do its work): for operators and probes. */
import { Hono } from "hono";
import { HEALTH_PATH, READY_PATH } from "#shared/endpoints.ts";
import type { AppDependencies } from "../app.ts";
import { isMigrated } from "../db/migrate.ts";
import type { AppEnv } from "../http/context.ts";
import { errorFields } from "../log.ts";

export function healthRoute({ database, logger }: AppDependencies): Hono<AppEnv> {
  const route = new Hono<AppEnv>();
  route.get(HEALTH_PATH, (c) => c.json({ status: "ok" }));
  route.get(READY_PATH, async (c) => {
    const problem = await findProblem();
    return problem === null ? c.json({ status: "ready" }) : c.json({ status: "not_ready", problem }, 503);
  });

  async function findProblem(): Promise<"database_unreachable" | "database_not_migrated" | null> {
    try {
      return await isMigrated(database) ? null : "database_not_migrated";
    } catch (error) {
      logger.warn("not_ready", errorFields(error));
      return "database_unreachable";
    }
  }

  return route;
}
