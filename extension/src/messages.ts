/** What the pages can ask of the background, and what it answers. */
import { HighLevelId } from "#shared/identifiers.ts";
import { Attempt } from "./attempt.ts";
import * as v from "valibot";

/**
 * - `connect`: start an attempt, for the location in view or for none
 * - `attempt`: where does the attempt stand
 * - `cancel`: end the running attempt and close its window
 * - `dismiss`: forget the outcome of the last attempt
 */
export const Message = v.variant("type", [
  v.object({ type: v.literal("connect"), locationId: v.nullable(HighLevelId) }),
  v.object({ type: v.literal("attempt") }),
  v.object({ type: v.literal("cancel") }),
  v.object({ type: v.literal("dismiss") }),
]);
export type Message = v.InferOutput<typeof Message>;

/** One answer to all of them: whether an attempt was running already, and the attempt as it stands now. */
export const Reply = v.object({ alreadyRunning: v.boolean(), attempt: v.nullable(Attempt) });
export type Reply = v.InferOutput<typeof Reply>;

/** The message, or null for anything that this version does not know. */
export function parseMessage(value: unknown): Message | null {
  const parsed = v.safeParse(Message, value);
  return parsed.success ? parsed.output : null;
}

/** The reply, or null. */
export function parseReply(value: unknown): Reply | null {
  const parsed = v.safeParse(Reply, value);
  return parsed.success ? parsed.output : null;
}
