/** What the servers of a run wrote to their logs: counted as it comes, and kept for the history of a connection. */
import * as v from "valibot";
import { createTally, type Tally } from "./tally.ts";

/** Each token of the simulator is a JSON Web Token, and their header is the same. */
const TOKEN_PATTERN = /eyJ[\w-]+\.[\w-]+\.[\w-]+/;

const LogLine = v.looseObject({
  event: v.string(),
  connection_id: v.optional(v.nullable(v.string())),
  step: v.optional(v.string()),
  unsecured: v.optional(v.number()),
  outcome: v.optional(v.string()),
  webhook_id: v.optional(v.string()),
});
type LogLine = v.InferOutput<typeof LogLine>;

export interface LogRecord {
  take(server: string, line: string): void;
  /** From now on a line that holds it is a leak. Tokens of the simulator are known without that. */
  keepSecret(secret: string): void;
  /** By event, steps left out. */
  readonly events: Tally;
  /** By what came of the journal's entries at a start. */
  readonly recovered: Tally;
  /** By step. */
  readonly steps: Tally;
  /** By the id of a webhook: how often it was put off. */
  readonly postponed: Tally;
  /** When it was carried out, put off or done then, in milliseconds since 1970. */
  carriedOutAt(webhookId: string): readonly number[];
  /** Claims of a connection whose last holder did not come to an end with it. */
  takeovers(): number;
  /** How many rotations a server has under way that neither database nor disk know of. */
  unsecured(server: string): number;
  /** A killed server has none. */
  forgetServer(server: string): void;
  /** Lines that hold a token or another secret: there should be none. They are not kept. */
  leaks(): number;
  linesAbout(connectionId: string): readonly string[];
  /** Unexpected errors that name no connection, and what was printed in another form than the log's. */
  strangeLines(): readonly string[];
}

const KEPT_STRANGE_LINES = 50;
/** A stack says all it has to say in its first lines. */
const KEPT_CHARACTERS = 500;
/** What a database that is away does to everybody. */
const EXPECTED_ERRORS: readonly string[] = ["request_failed", "callback_failed", "not_started"];

export function createLogRecord(write: (line: string) => void): LogRecord {
  const [events, recovered, steps, postponed] = [createTally(), createTally(), createTally(), createTally()];
  const carriedOut = new Map<string, number[]>();
  const byConnection = new Map<string, string[]>();
  const holders = new Map<string, string>();
  const unsecured = new Map<string, number>();
  const strange: string[] = [];
  const secrets = new Set<string>();
  let takeovers = 0;
  let leaks = 0;

  function takeStep(
    server: string,
    { step = "", connection_id: connectionId, unsecured: count }: LogLine,
  ): void {
    steps.add(step);
    if (count !== undefined) unsecured.set(server, count);
    if (typeof connectionId !== "string") return;
    if (step === "claimed") {
      if (holders.has(connectionId)) takeovers += 1;
      holders.set(connectionId, server);
    }
    const isEnd = step === "stored" || step === "failure_recorded";
    if (isEnd && holders.get(connectionId) === server) holders.delete(connectionId);
  }

  function takeLine(server: string, line: string): void {
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), LogLine), line);
    if (!parsed.success) return noteStrange(server, line);
    const { event, outcome = "", webhook_id: webhookId = "", connection_id: connectionId } = parsed.output;
    if (event === "step") takeStep(server, parsed.output);
    else events.add(event);
    if (event === "answer_recovered") recovered.add(outcome);
    if (event === "webhook_postponed") postponed.add(webhookId);
    if (event === "webhook_postponed" || event === "webhook_done") {
      carriedOut.set(webhookId, [...carriedOut.get(webhookId) ?? [], Date.now()]);
    }
    if (typeof connectionId === "string") {
      const lines = byConnection.get(connectionId) ?? [];
      byConnection.set(connectionId, lines);
      lines.push(`${new Date().toISOString()} ${server} ${line.slice(0, KEPT_CHARACTERS)}`);
    } else if (line.includes('"level":"error"') && !EXPECTED_ERRORS.includes(event)) {
      noteStrange(server, line);
    }
  }

  function noteStrange(server: string, line: string): void {
    if (strange.length < KEPT_STRANGE_LINES) strange.push(`${server} ${line.slice(0, KEPT_CHARACTERS)}`);
  }

  return {
    take(server, line) {
      if (TOKEN_PATTERN.test(line) || secrets.values().some((secret) => line.includes(secret))) {
        leaks += 1;
        return;
      }
      write(`${new Date().toISOString()} ${server} ${line}`);
      takeLine(server, line);
    },
    keepSecret: (secret) => void secrets.add(secret),
    events,
    recovered,
    steps,
    postponed,
    carriedOutAt: (webhookId) => carriedOut.get(webhookId) ?? [],
    takeovers: () => takeovers,
    unsecured: (server) => unsecured.get(server) ?? 0,
    forgetServer: (server) => void unsecured.delete(server),
    leaks: () => leaks,
    linesAbout: (connectionId) => byConnection.get(connectionId) ?? [],
    strangeLines: () => strange,
  };
}
