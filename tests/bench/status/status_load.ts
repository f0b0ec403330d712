/** What the load's process is asked, and what it says. */
import * as v from "valibot";

export const LoadOrder = v.object({
  url: v.string(),
  sessionToken: v.string(),
  connections: v.number(),
  seconds: v.number(),
});
export type LoadOrder = v.InferOutput<typeof LoadOrder>;

export const LoadResult = v.object({
  answers: v.number(),
  failures: v.number(),
  seconds: v.number(),
  medianMilliseconds: v.number(),
  slowMilliseconds: v.number(),
});
export type LoadResult = v.InferOutput<typeof LoadResult>;
