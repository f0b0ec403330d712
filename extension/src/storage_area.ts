/** The part of `browser.storage.*` that the extension uses, and how one value is read from it with a parser. */
import * as v from "valibot";

export type StorageArea = {
  get(keys: string[]): Promise<Record<string, unknown>>;
  set(items: Record<string, unknown>): Promise<void>;
  remove(keys: string[]): Promise<void>;
};

/** What only reads needs no more than this. */
export type ReadableArea = Pick<StorageArea, "get">;

/** One look at an area for several values: they belong together, and the way to the browser is gone once. */
export function readTogether(area: ReadableArea, keys: string[]): ReadableArea {
  const values = area.get(keys);
  return { get: () => values };
}

/** The value under `key`, or null when it is absent or was written by a version that meant something else. */
export async function readStored<const Schema extends v.GenericSchema>(
  area: ReadableArea,
  key: string,
  schema: Schema,
): Promise<v.InferOutput<Schema> | null> {
  const parsed = v.safeParse(schema, (await area.get([key]))[key]);
  return parsed.success ? parsed.output : null;
}
