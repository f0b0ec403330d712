/**
 * Where the database listens: on a unix socket in a folder that only we may enter, and on no network at all. Where that
 * cannot be, on the loopback address with a password.
 */
import { join } from "node:path";
import { type Cluster, DATABASE_USER, readPassword } from "./create_cluster.ts";
import { giveTo } from "./database_account.ts";
import { unlessMissing } from "../unless_missing.ts";

/** What postgres.js needs to connect, complete: no `PG*` variable can lead it elsewhere. */
export interface ConnectionOptions {
  /** The socket's folder, or the loopback address. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string;
  /** Empty on a unix socket. */
  readonly password: string;
  readonly ssl: false;
}

const SOCKET_FOLDER = "socket";
/** On a unix socket only a part of its name. */
const SOCKET_PORT = 5432;
const LOOPBACK = "127.0.0.1";

/**
 * Whether the socket below a data folder fits into `socketPathBytes`. A longer path gets no shorter folder elsewhere:
 * temporary folders are swept by others, may be closed to the database's account, and outlive a killed server.
 */
export function fitsSocket(dataDirectory: string, socketPathBytes: number): boolean {
  const path = join(dataDirectory, SOCKET_FOLDER, `.s.PGSQL.${SOCKET_PORT}`);
  return new TextEncoder().encode(path).length <= socketPathBytes;
}

/** Makes the socket's folder, for the database's account and root only, and tells how to connect to it. */
export async function socketOptions(cluster: Cluster): Promise<ConnectionOptions> {
  const folder = join(cluster.dataDirectory, SOCKET_FOLDER);
  await Deno.mkdir(folder, { recursive: true });
  await Deno.chmod(folder, 0o700);
  await giveTo(cluster.account, folder);
  await removeCutOffLock(join(folder, `.s.PGSQL.${SOCKET_PORT}.lock`));
  return connectionOptions(folder, SOCKET_PORT, "");
}

/** A free loopback port, and how to connect to it. Another program may take the port until the database does. */
export async function loopbackOptions(cluster: Cluster): Promise<ConnectionOptions> {
  using listener = Deno.listen({ hostname: LOOPBACK, port: 0 });
  return connectionOptions(LOOPBACK, listener.addr.port, await readPassword(cluster));
}

/** How to connect to a database that somebody started earlier, from what its `postmaster.pid` says. */
export async function earlierOptions(
  cluster: Pick<Cluster, "path">,
  { socketDirectory, port }: { socketDirectory: string; port: number },
): Promise<ConnectionOptions> {
  return socketDirectory === ""
    ? connectionOptions(LOOPBACK, port, await readPassword(cluster))
    : connectionOptions(socketDirectory, port, "");
}

/** The settings that make the database listen there. */
export function listenSettings({ host, port }: ConnectionOptions): Readonly<Record<string, string>> {
  const loopback = host === LOOPBACK;
  return {
    listen_addresses: loopback ? host : "",
    unix_socket_directories: loopback ? "" : host,
    port: String(port),
  };
}

/** Power that fails as the socket's lock is written leaves an empty one, which PostgreSQL refuses to start beside. */
async function removeCutOffLock(path: string): Promise<void> {
  const lock = await unlessMissing(Deno.stat(path));
  if (lock?.size === 0) await unlessMissing(Deno.remove(path));
}

function connectionOptions(host: string, port: number, password: string): ConnectionOptions {
  return { host, port, password, database: DATABASE_USER, username: DATABASE_USER, ssl: false };
}
