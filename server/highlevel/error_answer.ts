/**
 * HighLevel's error bodies come in several shapes: `error` and `error_description`, `statusCode` and `message` (a text
 * or a list of them), and an envelope `error: {code, message}`. HighLevel does not list the texts, and they are all that
 * tells the cases apart.
 */

/** Deep enough for every shape that was seen. */
const MAX_DEPTH = 4;

/** Every text in the body, joined; empty for a body that is no JSON object. For matching only: never shown or logged. */
export function errorTextOf(json: unknown): string {
  return typeof json === "object" ? textsIn(json, MAX_DEPTH).join(" ") : "";
}

/** `traceId` of the body, a UUID, by which HighLevel's support finds the call; `null` without one. */
export function traceIdOf(json: unknown): string | null {
  const traceId = typeof json === "object" && json !== null && "traceId" in json ? json.traceId : null;
  return typeof traceId === "string" && /^[\w-]{1,64}$/.test(traceId) ? traceId : null;
}

function textsIn(value: unknown, depth: number): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null || depth === 0) return [];
  return Object.values(value).flatMap((part: unknown) => textsIn(part, depth - 1));
}
