/** A server process of a chaos run: what `server/main.ts` does, with a wrong clock, seeded dice and crash points. */
import "./skewed_clock.ts";
import { readConfig } from "../../server/config.ts";
import { createLogger, errorFields } from "../../server/log.ts";
import { startServer } from "../../server/start_server.ts";
import { createCrashPoints } from "./crash_points.ts";
import { createSeededRandom } from "./seeded_random.ts";

const PARENT_MILLISECONDS = 1000;

const server = Deno.env.get("CHAOS_SERVER") ?? "";
const settings = readConfig((name) => Deno.env.get(name));
if (!settings.ok) throw new Error(settings.failure.message);
const config = settings.value;
const logger = createLogger({
  level: config.logLevel,
  write: (line) => void Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`)),
});
endWithParent();
const stopping = Promise.withResolvers<void>();
Deno.addSignalListener("SIGTERM", () => stopping.resolve());

const crashPoints = createCrashPoints({
  server,
  url: Deno.env.get("CHAOS_COURT_URL") ?? "",
  random: createSeededRandom(`${Deno.env.get("CHAOS_SEED")} crash`),
  logger,
});
const started = await startServer({ config, logger, ...crashPoints }).catch((error: unknown) => {
  logger.error("not_started", errorFields(error));
  Deno.exit(1);
});
await stopping.promise;
logger.info("stopping");
await started.stop();
logger.info("stopped");
Deno.exit(0);

/** Whoever kills the run itself leaves no servers behind. */
function endWithParent(): void {
  const parent = Deno.ppid;
  const timer = setInterval(() => {
    if (Deno.ppid !== parent) Deno.exit(1);
  }, PARENT_MILLISECONDS);
  Deno.unrefTimer(timer);
}
