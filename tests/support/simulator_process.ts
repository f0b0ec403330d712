/** The simulator as its own process, as `deno task simulator` runs it, and its control endpoint. */
import * as v from "valibot";
import { type ChildProcess, spawnDeno } from "./child_process.ts";
import { taskArguments } from "./task_arguments.ts";

const SecretsIssued = v.object({ secrets: v.array(v.string()) });

export interface SimulatorProcess extends ChildProcess {
  readonly url: string;
  /** A call of the control endpoint: GET without a body, POST with one. Throws for an answer that is not a success. */
  control(path: string, body?: unknown): Promise<unknown>;
  /** A DELETE of the control endpoint. Throws as `control()` does. */
  remove(path: string): Promise<void>;
  /** Every secret that it ever issued or knows. */
  secretsIssued(): Promise<readonly string[]>;
}

/** Starts a simulator whose app has these redirect URLs, on a free port. `more` are options of its command line. */
export async function startSimulatorProcess(
  redirectUrls: readonly string[],
  more: readonly string[] = [],
): Promise<SimulatorProcess> {
  const options = redirectUrls.flatMap((redirectUrl) => ["--redirect-uri", redirectUrl]);
  const task = await taskArguments("simulator");
  const simulator = spawnDeno({ args: [...task, "--port", "0", ...options, ...more] });
  const line = await simulator.line((line) => line.startsWith("Simulator listening on "));
  const url = line.replace("Simulator listening on ", "");

  async function call(path: string, init: RequestInit): Promise<unknown> {
    const response = await fetch(`${url}/_simulator/${path}`, init);
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`The simulator refused "${path}" with ${response.status}`);
    return answer;
  }

  async function control(path: string, body?: unknown): Promise<unknown> {
    return await call(
      path,
      body === undefined ? {} : {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      },
    );
  }

  return {
    ...simulator,
    url,
    control,
    remove: async (path) => void await call(path, { method: "DELETE" }),
    secretsIssued: async () => v.parse(SecretsIssued, await control("secrets-issued")).secrets,
  };
}
