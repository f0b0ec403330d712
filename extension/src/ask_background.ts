/** Sends one message to the background and judges its reply. */
import { browser } from "./browser.ts";
import { type Message, parseReply, type Reply } from "./messages.ts";

/** The reply, or null when the background could not be woken or did not understand. */
export async function askBackground(message: Message): Promise<Reply | null> {
  try {
    const reply: unknown = await browser.runtime.sendMessage(message);
    return parseReply(reply);
  } catch {
    return null;
  }
}
