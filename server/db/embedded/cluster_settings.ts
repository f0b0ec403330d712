/** PostgreSQL's settings, given at each start: a cluster made by an older release of ours gets today's. */

/** Small, for one server beside it, and lasting: `fsync` and `synchronous_commit` stay on, as they are by default. */
const SETTINGS = {
  max_connections: "100",
  shared_buffers: "64MB",
  max_wal_size: "256MB",
  timezone: "UTC",
  log_timezone: "UTC",
  // Its own collector, not a pipe to us, which would break with our death; one file for each day of the week.
  logging_collector: "on",
  log_filename: "postgres-%a.log",
  log_rotation_age: "1d",
  log_rotation_size: "0",
  log_truncate_on_rotation: "on",
  // Neither the statement of an error nor the values that its detail would quote.
  log_error_verbosity: "terse",
  log_min_error_statement: "panic",
};

/** For throw-away clusters of tests: a crash of the machine may lose all. */
const THROW_AWAY = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };

/** The settings as arguments, beside those about where to listen. */
export function settingArguments(
  listen: Readonly<Record<string, string>>,
  durable: boolean,
): readonly string[] {
  const settings = { ...SETTINGS, ...(durable ? {} : THROW_AWAY), ...listen };
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}
