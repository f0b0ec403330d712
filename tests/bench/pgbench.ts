/** What this PostgreSQL commits at the most: single-row updates by `pgbench`, which does nothing else. */
import type { DurableCluster } from "./durable_cluster.ts";

const PROGRAM = "pgbench";
const ROWS = 10_000;
const SETUP = [
  "CREATE TABLE floor (id integer PRIMARY KEY, value bigint NOT NULL)",
  `INSERT INTO floor SELECT id, 0 FROM generate_series(1, ${ROWS}) AS id`,
];
const SCRIPT = `\\set id random(1, ${ROWS})\nUPDATE floor SET value = value + 1 WHERE id = :id;\n`;

export interface PgbenchOptions {
  readonly cluster: Pick<DurableCluster, "environment">;
  readonly database: string;
  readonly script: string;
  readonly clients: number;
  readonly seconds: number;
}

/** The statements that make the table, and the file with the script that updates it. */
export async function preparePgbench(
  folder: string,
): Promise<{ statements: readonly string[]; script: string }> {
  const script = `${folder}/pgbench.sql`;
  await Deno.writeTextFile(script, SCRIPT);
  return { statements: SETUP, script };
}

/** False where PostgreSQL's own clients are not installed. */
export async function hasPgbench(): Promise<boolean> {
  try {
    return (await new Deno.Command(PROGRAM, { args: ["--version"], stdout: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Commits a second. */
export async function measureCommits(
  { cluster, database, script, clients, seconds }: PgbenchOptions,
): Promise<number> {
  const { stdout, stderr } = await new Deno.Command(PROGRAM, {
    // deno-fmt-ignore
    args: [
      "--no-vacuum", "--protocol=prepared", `--client=${clients}`, "--jobs=1", `--time=${seconds}`,
      `--file=${script}`, database,
    ],
    env: { ...cluster.environment },
  }).output();
  const rate = /^tps = ([\d.]+)/m.exec(new TextDecoder().decode(stdout))?.[1];
  if (rate === undefined) throw new Error(`Cannot run pgbench: ${new TextDecoder().decode(stderr)}`);
  return Number(rate);
}
