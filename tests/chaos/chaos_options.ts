/** What a chaos run can be told on its command line. */
import { Command, InvalidArgumentError } from "commander";

export interface ChaosOptions {
  /** Whatever is random follows from it. */
  readonly seed: string;
  /** The run goes on until HighLevel has rotated so often … */
  readonly rotations: number;
  /** … and so many server processes were killed, each step of a rotation and of the upkeep among the moments. */
  readonly kills: number;
  /** Server processes; every second one of them shares its data folder with the one before. */
  readonly servers: number;
  /** Locations whose own users install the app. */
  readonly connections: number;
  /** Agencies, each with so many locations besides those. */
  readonly agencies: number;
  readonly agencyLocations: number;
  /** How long an access token lives. */
  readonly lifetimeSeconds: number;
  /** Restarts of the database, in which it is away for a second or two. */
  readonly restarts: number;
  /** Times in which the database is away for longer than HighLevel's window is open. */
  readonly outages: number;
  /** A run that is not done by then has failed. */
  readonly minutes: number;
  /** Where every line of every server is written to. */
  readonly log: string | undefined;
}

/** What follows from the size of a run when nobody says otherwise. */
export function chaosOptions(given: Partial<ChaosOptions> = {}): ChaosOptions {
  const rotations = given.rotations ?? 1500;
  const connections = given.connections ?? Math.min(400, Math.max(60, Math.round(rotations / 12)));
  return {
    seed: given.seed ?? String(crypto.getRandomValues(new Uint32Array(1))[0]),
    rotations,
    kills: given.kills ?? Math.round(rotations / 20),
    servers: given.servers ?? 4,
    connections,
    agencies: given.agencies ?? Math.min(6, Math.max(2, Math.round(rotations / 800))),
    agencyLocations: given.agencyLocations ?? Math.min(24, Math.max(6, Math.round(rotations / 200))),
    // About a dozen rotations a second, of which chaos leaves less.
    lifetimeSeconds: given.lifetimeSeconds ?? Math.max(6, Math.round(connections / 11)),
    restarts: given.restarts ?? Math.max(2, Math.round(rotations / 250)),
    outages: given.outages ?? Math.round(rotations / 2500),
    minutes: given.minutes ?? 3 + rotations / 250,
    log: given.log,
  };
}

/** Throws commander's own errors for wrong arguments, and for a help text that was printed instead. */
export function parseChaosOptions(args: readonly string[]): ChaosOptions {
  const program = new Command("deno task chaos")
    .description("Kills servers, database and answers while tokens rotate, and asks the ledger what was lost")
    .exitOverride()
    .allowExcessArguments(false)
    .configureOutput({ outputError: () => {}, getOutHasColors: () => false, getErrHasColors: () => false })
    .option("--seed <text>", "whatever is random follows from it")
    .option("--rotations <number>", "goes on until HighLevel has rotated so often", parseCount)
    .option("--kills <number>", "and so many server processes were killed", parseCount)
    .option("--servers <number>", "server processes on the one database", parseCount)
    .option("--connections <number>", "locations that install the app", parseCount)
    .option("--agencies <number>", "agencies that install it for their locations", parseCount)
    .option("--agency-locations <number>", "locations of each agency", parseCount)
    .option("--lifetime-seconds <number>", "how long an access token lives", parseCount)
    .option("--restarts <number>", "short restarts of the database", parseCount)
    .option("--outages <number>", "times without a database that are longer than the window", parseCount)
    .option("--minutes <number>", "a run that is not done by then has failed", parseCount)
    .option("--log <file>", "where every line of every server is written to");
  // `deno task chaos -- --seed 1` passes the dashes on.
  program.parse(args[0] === "--" ? args.slice(1) : [...args], { from: "user" });
  return chaosOptions(program.opts<Partial<ChaosOptions>>());
}

function parseCount(text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError("Expected a whole number");
  return Number(text);
}
