/**
 * A server for tests to kill: starts the embedded database of the folder in its first argument, then writes rows one
 * after the other and prints each when it is acknowledged. On a signal it answers one more query and stops in order.
 */
import postgres from "postgres";
import { startEmbeddedPostgres } from "../../../../server/db/embedded/embedded_postgres.ts";

const [dataDirectory = ""] = Deno.args;
const print = (line: string): number => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));

let signalled = false;
Deno.addSignalListener("SIGINT", () => signalled = true);
Deno.addSignalListener("SIGTERM", () => signalled = true);

const embedded = await startEmbeddedPostgres({ dataDirectory });
const sql = postgres({ ...embedded.options, onnotice: () => {} });
await sql`create table if not exists written (number int primary key)`;
const processes = await sql<{ pid: number }[]>`select pid from pg_stat_activity`;
print(`processes ${processes.map(({ pid }) => pid).join(" ")}`);
// Counted here: a sequence of PostgreSQL's leaves gaps after a crash.
const [last] = await sql<{ number: number }[]>`select coalesce(max(number), 0) as number from written`;
for (let number = (last?.number ?? 0) + 1; !signalled; number++) {
  await sql`insert into written values (${number})`;
  print(`row ${number}`);
}
const [answer] = await sql`select 'after the signal' as said`;
print(`answered ${answer?.said}`);
await sql.end({ timeout: 5 });
await embedded.stop();
print("stopped");
Deno.exit(0);
