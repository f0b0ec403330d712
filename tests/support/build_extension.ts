/** The extension as `deno task build` makes it, for one server. */
import { spawnDeno } from "./child_process.ts";
import { taskArguments } from "./task_arguments.ts";

/** Builds into a folder below `dist` and returns the folder for Chrome. Throws with what the build printed. */
export async function buildExtension({ server, out }: { server: string; out: string }): Promise<string> {
  const build = spawnDeno({ args: [...await taskArguments("build"), "--server", server, "--out", out] });
  const { success } = await build.status;
  if (!success) throw new Error(`Cannot build the extension:\n${build.lines.join("\n")}`);
  return `${out}/chrome`;
}
