/** The arguments that a task of `deno.json` gives to `deno`: what a person runs is what the tests run. */
import * as v from "valibot";

const DenoConfig = v.object({ tasks: v.record(v.string(), v.string()) });

/** Those of the task's last command, without the file of settings that a developer may have in the project. */
export async function taskArguments(task: string): Promise<string[]> {
  const text = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));
  const command = v.parse(DenoConfig, JSON.parse(text)).tasks[task]?.split("&&").at(-1);
  if (command === undefined) throw new Error(`Cannot find the task "${task}"`);
  return command.trim().split(/\s+/).slice(1).filter((argument) => argument !== "--env-file");
}
