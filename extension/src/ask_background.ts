/** Sends one message to the background and judges its reply. */
import { browser } from "./browser.ts";
import type { Message, Reply } from "./messages.ts";
import { sendTwice } from "./send_twice.ts";

/** The reply, or null when the background could not be woken or did not understand. */
export function askBackground(message: Message): Promise<Reply | null> {
  return sendTwice((value) => browser.runtime.sendMessage(value), message);
}
