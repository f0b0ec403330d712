/**
 * Where the runtime is: a private copy of the PostgreSQL programs that `prepare.ts` makes. The places are few and
 * fixed, so that the server's `--allow-run` can name them.
 */
import { join, resolve } from "node:path";
import { findClosedFolder } from "./closed_folder.ts";
import { currentPlatformLayout } from "./platform_layout.ts";

/** The runtime's usual place, below the project's folder. */
const PROJECT_RUNTIME = "node_modules/.relatch/postgres";
/** The place for root, when the database's account cannot enter the project, in root's home for example. */
const SYSTEM_RUNTIME = "/var/lib/relatch/postgres";

/** The programs that the server runs, by absolute path. */
export interface DatabasePrograms {
  readonly postgres: string;
  readonly initdb: string;
  readonly pgCtl: string;
}

/** The runtime's folder for this user and this project, whether or not it was made already. */
export async function runtimeDirectory(): Promise<string> {
  const project = projectDirectory();
  if (Deno.build.os === "windows" || Deno.uid() !== 0) return join(project, PROJECT_RUNTIME);
  const closed = await findClosedFolder(await Deno.realPath(project), {});
  return closed === undefined ? join(project, PROJECT_RUNTIME) : SYSTEM_RUNTIME;
}

/** The programs below a runtime's folder. */
export function databasePrograms(runtime: string): DatabasePrograms {
  const { executableSuffix } = currentPlatformLayout();
  const program = (name: string): string => join(runtime, "bin", `${name}${executableSuffix}`);
  return { postgres: program("postgres"), initdb: program("initdb"), pgCtl: program("pg_ctl") };
}

/** The programs of the prepared runtime. Throws when it was not made yet, and says how to make it. */
export async function findDatabasePrograms(): Promise<DatabasePrograms> {
  const programs = databasePrograms(await runtimeDirectory());
  try {
    await Deno.stat(programs.postgres);
  } catch (cause) {
    throw new Error(
      `Could not find the embedded database's programs at "${programs.postgres}": ` +
        "run server/db/embedded/prepare.ts first, or set DATABASE_URL",
      { cause },
    );
  }
  return programs;
}

function projectDirectory(): string {
  if (import.meta.dirname === undefined) {
    throw new Error("The embedded database runs from a local folder only");
  }
  return resolve(import.meta.dirname, "../../..");
}
