/** The query of a list that is read page by page: how many entries, and after which one. */
import * as v from "valibot";
import { ApiFailure } from "../errors.ts";
import type { AppContext } from "./context.ts";

/** `limit`: from 1 to `most`, and `usual` when nobody says. */
export function pageLimit(
  { most, usual }: { most: number; usual: number },
): v.GenericSchema<string | undefined, number> {
  return v.optional(
    v.pipe(v.string(), v.regex(/^\d{1,3}$/), v.transform(Number), v.minValue(1), v.maxValue(most)),
    String(usual),
  );
}

/** Throws the failure that says what was `expected`, also for what is there twice. */
export function queryOf<Query extends v.GenericSchema>(
  c: AppContext,
  { schema, expected }: { schema: Query; expected: string },
): v.InferOutput<Query> {
  const isRepeated = Object.values(c.req.queries()).some((values) => values.length > 1);
  const query = v.safeParse(schema, c.req.query());
  if (isRepeated || !query.success) throw new ApiFailure("invalid_request", `Expected ${expected}`);
  return query.output;
}
