/** `GET /healthz` (the process answers) and `GET /readyz` (it can also do its work): for operators and probes. */
import { Hono } from "hono";
import { HEALTH_PATH, READY_PATH } from "#shared/endpoints.ts";
import type { AppDependencies } from "../app.ts";
import { withinDeadline } from "../db/database_unavailable.ts";
import { isMigrated } from "../db/migrate.ts";
import type { AppEnv } from "../http/context.ts";
import { errorFields } from "../log.ts";

/** A probe that gets no answer for longer gives up by itself. */
const DATABASE_MILLISECONDS = 3000;

/** `client_rejected`: HighLevel refuses the app's credentials, so nothing is renewed and nobody can connect. */
type Problem = "database_unreachable" | "database_not_migrated" | "client_rejected";

export function healthRoute({ database, logger, gate }: AppDependencies): Hono<AppEnv> {
  const route = new Hono<AppEnv>();
  route.get(HEALTH_PATH, (c) => c.json({ status: "ok" }));
  let asking: Promise<Problem | null> | undefined;
  route.get(READY_PATH, async (c) => {
    // Probes that come together share one question.
    asking ??= findProblem().finally(() => asking = undefined);
    const problem = await asking;
    return problem === null ? c.json({ status: "ready" }) : c.json({ status: "not_ready", problem }, 503);
  });

  async function findProblem(): Promise<Problem | null> {
    try {
      if (!await withinDeadline(isMigrated(database), DATABASE_MILLISECONDS)) return "database_not_migrated";
      return gate.shutFor() === "client_rejected" ? "client_rejected" : null;
    } catch (error) {
      logger.warn("not_ready", errorFields(error));
      return "database_unreachable";
    }
  }

  return route;
}
