/** The server as its own process, with exactly the permissions that `deno task start` gives it. */
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from "../simulator/default_settings.ts";
import { type ChildProcess, spawnDeno } from "./child_process.ts";
import { taskArguments } from "./task_arguments.ts";

export interface ServerProcess extends ChildProcess {
  readonly url: string;
}

export interface ServerProcessOptions {
  readonly port: number;
  /** Settings on top of those that point to `highlevelUrl`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A simulator's address. */
  readonly highlevelUrl?: string;
  /** Nobody reads its log. */
  readonly deaf?: boolean;
}

/** A server that was started but may never listen: for settings that it should refuse. */
export async function spawnServer(
  { port, settings, highlevelUrl, deaf = false }: ServerProcessOptions,
): Promise<ChildProcess> {
  const highlevel = highlevelUrl === undefined ? {} : {
    HIGHLEVEL_CLIENT_ID: DEFAULT_CLIENT_ID,
    HIGHLEVEL_CLIENT_SECRET: DEFAULT_CLIENT_SECRET,
    HIGHLEVEL_SCOPES: "contacts.readonly contacts.write",
    HIGHLEVEL_AUTHORIZE_URL: `${highlevelUrl}/v2/oauth/chooselocation`,
    HIGHLEVEL_API_URL: highlevelUrl,
  };
  return spawnDeno({
    deaf,
    args: await taskArguments("start"),
    env: { PORT: String(port), PUBLIC_URL: `http://localhost:${port}`, ...highlevel, ...settings },
  });
}

/** Starts a server and waits until it listens. Throws with what it printed when it ends before that. */
export async function startServer(options: Partial<ServerProcessOptions>): Promise<ServerProcess> {
  const port = options.port ?? freePort();
  const server = await spawnServer({ ...options, port });
  await server.line((line) => line.includes('"event":"listening"'));
  return { ...server, url: `http://localhost:${port}` };
}

/** Below those that systems take for connections of their own, which could be on any other at the next moment. */
const [FIRST_PORT, LAST_PORT] = [15_000, 32_000];

/** A port that nobody listens on at this moment. */
export function freePort(): number {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    try {
      using _ = Deno.listen({ hostname: "127.0.0.1", port });
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
