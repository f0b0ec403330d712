/** Asks a running database whether it is the one of a cluster: what a note says may be about another by now. */
import postgres from "postgres";
import { connectionTo } from "./connect_once.ts";
import type { ConnectionOptions } from "./connection_options.ts";

/** What answers at the address in `postmaster.pid`. */
export type PostmasterAnswer = "this_cluster" | "busy" | "another" | "nobody" | "stuck";

/** Connects to the database that `options` name and compares its data folder with `path`, the cluster's. */
export async function askPostmaster(options: ConnectionOptions, path: string): Promise<PostmasterAnswer> {
  await using connection = connectionTo(options);
  try {
    const [row] = await connection.sql<{ data_directory: string }[]>`show data_directory`;
    // A copied data folder brings along a note about the original's database, which must not be touched.
    const same = row !== undefined && await Deno.realPath(row.data_directory) === await Deno.realPath(path);
    return same ? "this_cluster" : "another";
  } catch (error) {
    return answerOf(error);
  }
}

function answerOf(error: unknown): PostmasterAnswer {
  if (error instanceof postgres.PostgresError) {
    // Starting or stopping (57P), or all connections taken (53300); anything else refuses a stranger.
    return /^(57P|53)/.test(error.code) ? "busy" : "another";
  }
  if (error instanceof Deno.errors.NotFound) return "another";
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "CONNECT_TIMEOUT") return "stuck";
  if (code === "ECONNREFUSED" || code === "ENOENT") return "nobody";
  if (code === "CONNECTION_CLOSED" || code === "ECONNRESET" || code === "EPIPE") return "busy";
  throw error;
}
