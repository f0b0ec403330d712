/**
 * Runs PostgreSQL's programs: as the database's account, and without our environment, which holds secrets that any
 * process of that account could read.
 */
import type { DatabaseAccount } from "./database_account.ts";

/** How to run a program. */
export interface ProgramCall {
  readonly program: string;
  readonly args: readonly string[];
  /** A folder that the account may enter. */
  readonly cwd: string;
  readonly account: DatabaseAccount | undefined;
  readonly environment?: Readonly<Record<string, string>>;
}

/** What a program said, and whether it meant success. */
export interface ProgramOutcome {
  readonly success: boolean;
  readonly output: string;
}

/** The command with its account and environment; nothing is run yet. */
export function programCommand(call: ProgramCall, options: Deno.CommandOptions): Deno.Command {
  return new Deno.Command(call.program, {
    ...options,
    args: [...call.args],
    cwd: call.cwd,
    clearEnv: true,
    env: { ...baseEnvironment(), ...call.environment },
    ...(call.account === undefined ? {} : { uid: call.account.uid, gid: call.account.gid }),
  });
}

/** Runs a program to its end. */
export async function runProgram(call: ProgramCall): Promise<ProgramOutcome> {
  const command = programCommand(call, { stdin: "null", stdout: "piped", stderr: "piped" });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { success, output: `${decoder.decode(stdout)}${decoder.decode(stderr)}`.trim() };
}

/** English messages, because we tell some apart; Windows has no sockets without `SystemRoot`. */
function baseEnvironment(): Record<string, string> {
  const environment: Record<string, string> = { LC_ALL: "C", TZ: "UTC" };
  if (Deno.build.os !== "windows") return environment;
  for (const name of ["SystemRoot", "TEMP", "TMP"]) {
    const value = Deno.env.get(name);
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}
