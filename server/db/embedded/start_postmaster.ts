/** Starts the database process of a cluster as our child, and stops it. */
import { setTimeout as delay } from "node:timers/promises";
import { settingArguments } from "./cluster_settings.ts";
import { type ConnectionOptions, listenSettings } from "./connection_options.ts";
import type { Cluster } from "./create_cluster.ts";
import { readLoggedBy } from "./database_log.ts";
import { currentPlatformLayout } from "./platform_layout.ts";
import { readPostmasterFile } from "./postmaster_file.ts";
import { programCommand } from "./run_program.ts";
import { stopPostmaster } from "./stop_postmaster.ts";

/** A start includes the recovery after a crash. */
const START_SECONDS = 120;
const STOP_SECONDS = { fast: 30, immediate: 5 } as const;
const POLL_MILLISECONDS = 10;
const REMEMBERED_CHARACTERS = 4000;

/** What a start needs beside the cluster. */
export interface PostmasterStart {
  readonly options: ConnectionOptions;
  readonly durable: boolean;
  /** The process in `postmaster.pid` when it is known not to be this cluster's database. */
  readonly stalePid: number | undefined;
}

/** How the database process ended: asked by us, or by itself. */
export type PostmasterExit =
  | { readonly reason: "stopped" }
  | { readonly reason: "died"; readonly detail: string };

/** A running database process. */
export interface Postmaster {
  /** Ends its sessions, then the process, and waits for it. Throws when it does not end. */
  stop(): Promise<void>;
  readonly exited: Promise<PostmasterExit>;
}

/** `occupied`: another process has the cluster or the port, as far as PostgreSQL can see; it may be on its way out. */
export type PostmasterOutcome =
  | { readonly state: "ready"; readonly postmaster: Postmaster }
  | { readonly state: "occupied"; readonly detail: string };

/** Resolves when the database accepts connections. Throws with PostgreSQL's own words when it does not start. */
export async function startPostmaster(cluster: Cluster, start: PostmasterStart): Promise<PostmasterOutcome> {
  const command = programCommand({
    program: cluster.programs.postgres,
    args: ["-D", cluster.path, ...settingArguments(listenSettings(start.options), start.durable)],
    cwd: cluster.dataDirectory,
    account: cluster.account,
    // PostgreSQL takes a living process in postmaster.pid for its rival, unless it is its own grandparent. The shared
    // memory is still looked at, so that a living database, or a session that outlived one, is never overlooked.
    environment: start.stalePid === undefined ? {} : { PG_GRANDPARENT_PID: String(start.stalePid) },
  }, { stdin: "null", stdout: "null", stderr: "piped", detached: currentPlatformLayout().ownSession });
  const child = command.spawn();
  const words = collectWords(child.stderr);
  let ended = false;
  const status = child.status.then((status) => {
    ended = true;
    return status;
  });

  const deadline = performance.now() + START_SECONDS * 1000;
  while (!ended && !await isReady(cluster, child.pid)) {
    if (performance.now() > deadline) {
      child.kill("SIGKILL");
      await status;
      throw new Error(
        `Could not start the embedded database within ${START_SECONDS} seconds: ${await words}`,
      );
    }
    await delay(POLL_MILLISECONDS);
  }
  // The log collector holds the stream open for as long as it writes: the log is complete when the stream ended.
  if (ended) return refusal(`${await words}\n${await readLoggedBy(cluster, child.pid)}`.trim());
  return { state: "ready", postmaster: createPostmaster(cluster, status) };
}

function createPostmaster(cluster: Cluster, status: Promise<Deno.CommandStatus>): Postmaster {
  let stopping: Promise<void> | undefined;
  const exited = status.then(({ code, signal }): PostmasterExit => {
    if (stopping !== undefined) return { reason: "stopped" };
    return { reason: "died", detail: signal === null ? `exit code ${code}` : `signal ${signal}` };
  });
  let gone = false;
  void exited.then(() => gone = true);
  const stop = async (): Promise<void> => {
    for (const mode of ["fast", "immediate"] as const) {
      if (gone) return;
      await stopPostmaster(cluster, mode);
      if (await settlesWithin(exited, STOP_SECONDS[mode])) return;
    }
    throw new Error(`Could not stop the embedded database in "${cluster.path}"`);
  };
  return { exited, stop: () => stopping ??= stop() };
}

function refusal(words: string): PostmasterOutcome {
  if (/lock file ".*" already exists|shared memory block|could not create any TCP\/IP sockets/.test(words)) {
    return { state: "occupied", detail: words };
  }
  throw new Error(`Could not start the embedded database: ${words}`);
}

async function isReady(cluster: Cluster, pid: number): Promise<boolean> {
  const note = await readPostmasterFile(cluster.path);
  return typeof note === "object" && note.pid === pid && note.status === "ready";
}

/** What is said before the log collector takes over: why a start failed. Resolves when the stream ends. */
async function collectWords(stream: ReadableStream<Uint8Array>): Promise<string> {
  let words = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    words = `${words}${text}`.slice(-REMEMBERED_CHARACTERS);
  }
  return words.trim();
}

async function settlesWithin(promise: Promise<unknown>, seconds: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), seconds * 1000);
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
