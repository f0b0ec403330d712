/** Reads `postmaster.pid`, PostgreSQL's own note in a cluster about the process that has it, or had it. */
import { join } from "node:path";
import { unlessMissing } from "../unless_missing.ts";

const NAME = "postmaster.pid";

/** What the note says; the process may be gone, and its number may be another's by now. */
export interface PostmasterFile {
  readonly pid: number;
  /** Names the unix socket too. */
  readonly port: number;
  /** Empty when it listens on no unix socket. */
  readonly socketDirectory: string;
  readonly status: "starting" | "ready" | "stopping";
  /** False only in a start's first moments: from then on the memory itself tells whether a process still has it. */
  readonly hasSharedMemory: boolean;
}

/** Judges the note's text: eight lines, of which the later ones are added as the start goes on. */
export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const [pid, , , port, socketDirectory, , memory, status] = text.split("\n").map((line) => line.trim());
  if (!/^\d+$/.test(pid ?? "") || Number(pid) === 0) return undefined;
  return {
    pid: Number(pid),
    port: Number(port ?? 0),
    socketDirectory: socketDirectory ?? "",
    status: status === "ready" || status === "stopping" ? status : "starting",
    hasSharedMemory: Boolean(memory),
  };
}

/** The note in a cluster, `undefined` when there is none, and `unreadable` when its writing was cut off. */
export async function readPostmasterFile(
  cluster: string,
): Promise<PostmasterFile | "unreadable" | undefined> {
  const text = await unlessMissing(Deno.readTextFile(join(cluster, NAME)));
  return text === undefined ? undefined : parsePostmasterFile(text) ?? "unreadable";
}

/** Removes the note. Only for an unreadable one: a readable one leads PostgreSQL to the memory that may be in use. */
export async function removePostmasterFile(cluster: string): Promise<void> {
  await Deno.remove(join(cluster, NAME));
}
