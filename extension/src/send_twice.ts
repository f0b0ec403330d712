/** A message to a background that the browser may stop on its way to the reply. */
import { type Message, parseReply, type Reply } from "./messages.ts";

const TRIES = 2;

/** The reply, or null. The browser wakes the background for the next try; no message does harm when it comes twice. */
export async function sendTwice(
  send: (message: Message) => Promise<unknown>,
  message: Message,
): Promise<Reply | null> {
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      return parseReply(await send(message));
    } catch {
      // Stopped, or not to be woken.
    }
  }
  return null;
}
