/** Reads a flat body of an API call, form or JSON: official examples show both (facts 4.1). */
import * as v from "valibot";

const JsonObject = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown()));

/** The non-empty strings of a body by name. A body that is no JSON object is read as a form. */
export function readFields(body: string): Readonly<Record<string, string | undefined>> {
  const json = v.safeParse(JsonObject, body);
  const values: [string, unknown][] = json.success
    ? Object.entries(json.output)
    : [...new URLSearchParams(body)];
  const fields: Record<string, string> = {};
  for (const [name, value] of values) {
    if (typeof value === "string" && value !== "") fields[name] = value;
  }
  return fields;
}
