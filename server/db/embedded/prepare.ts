/**
 * The step before the server's start: makes the embedded database's runtime, in a process of its own because the
 * server may not write to the programs that it runs. Does nothing when `DATABASE_URL` names another database.
 */
import { prepareRuntime } from "./prepare_runtime.ts";
import { runtimeDirectory } from "./runtime_directory.ts";

if (import.meta.main && !Deno.env.get("DATABASE_URL")) await prepareRuntime(await runtimeDirectory());
