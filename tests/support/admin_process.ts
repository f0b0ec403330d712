/** The admin command as its own process, with exactly the permissions that `deno task admin` gives it. */
import { denoCommand } from "./child_process.ts";
import { taskArguments } from "./task_arguments.ts";

export interface AdminOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it to its end with these settings alone: none of HighLevel's among them. */
export async function runAdmin(
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<AdminOutcome> {
  const { code, stdout, stderr } = await denoCommand({
    args: [...await taskArguments("admin"), ...args],
    env: settings,
    stdout: "piped",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
