/** The extension as `deno task build` makes it, for one server. */
import type { Browser } from "../../extension/manifest.ts";
import { spawnDeno } from "./child_process.ts";
import { taskArguments } from "./task_arguments.ts";

export interface BuildOptions {
  readonly server: string;
  /** A folder below `dist`. */
  readonly out: string;
  readonly browser?: Browser;
}

/** Builds and returns the folder for one browser, by default Chrome. Throws with what the build printed. */
export async function buildExtension({ server, out, browser = "chrome" }: BuildOptions): Promise<string> {
  const build = spawnDeno({ args: [...await taskArguments("build"), "--server", server, "--out", out] });
  const { success } = await build.status;
  if (!success) throw new Error(`Cannot build the extension:\n${build.lines.join("\n")}`);
  return `${out}/${browser}`;
}
