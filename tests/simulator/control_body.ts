/** The bodies of control calls. */
import type { Context } from "hono";
import * as v from "valibot";

/** The JSON body as the schema has it. Throws for any other, which the control endpoint answers with 400. */
export async function parseBody<Schema extends v.GenericSchema>(
  context: Context,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  return v.parse(schema, await context.req.json());
}
