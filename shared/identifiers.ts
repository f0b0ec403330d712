/** The identifiers that HighLevel puts in addresses and token answers, and how they are told from other text. */
import * as v from "valibot";

/** Location, company and user ids: about 20 characters of `[A-Za-z0-9_-]` (HighLevel fact 6.4; samples have 20). */
export const HighLevelId = v.pipe(v.string(), v.regex(/^[\w-]{8,64}$/, "Expected a HighLevel id"));

/** True for text that can be a location id. It says nothing about whether the location exists or who may see it. */
export function isLocationId(text: string): boolean {
  return v.is(HighLevelId, text);
}
