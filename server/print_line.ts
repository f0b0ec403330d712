/** Lines for a person or a log collector, on standard output or standard error, written out before anything else happens. */

/** All of it: a pipe may take less than it is given. */
export function printLine(stream: { writeSync(bytes: Uint8Array): number }, line: string): void {
  let rest = new TextEncoder().encode(line + "\n");
  while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
}

/** Ends the process as failed, with a sentence that says why. */
export function exitWith(message: string): never {
  printLine(Deno.stderr, message);
  Deno.exit(1);
}
