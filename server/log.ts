/**
 * The log: JSON lines on standard output, one event a line. Fields are plain values chosen by the caller, never
 * whole requests, bodies or URLs, so that no credential can ride along.
 */
import { LOG_LEVELS, type LogLevel } from "./config.ts";

/** Field names are snake_case words; a value is text, a number, a switch, or absent. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** One method a level. `event` is a stable snake_case name that a dashboard can count. */
export type Logger = Readonly<Record<LogLevel, (event: string, fields?: LogFields) => void>>;

/**
 * A logger that gives every line from `level` upwards to `write`, without the line end. It never throws: a full disk or
 * a closed pipe behind the log must not cost the work that the line tells of.
 */
export function createLogger({ level, write }: { level: LogLevel; write: (line: string) => void }): Logger {
  const lowest = LOG_LEVELS.indexOf(level);
  const at = (name: LogLevel) => (event: string, fields: LogFields = {}): void => {
    if (LOG_LEVELS.indexOf(name) < lowest) return;
    try {
      write(JSON.stringify({ time: new Date().toISOString(), level: name, event, ...fields }));
    } catch {
      // There is nowhere left to say it.
    }
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** What a log line tells of an error: its name, message and stack, and those of its causes; no other property. */
export function errorFields(error: unknown): LogFields {
  const chain: string[] = [];
  for (let current = error; current !== undefined && chain.length < 5;) {
    chain.push(current instanceof Error ? current.stack ?? String(current) : "A value that is not an error");
    current = current instanceof Error ? current.cause : undefined;
  }
  return { error: chain.join("\nCaused by: ") };
}
