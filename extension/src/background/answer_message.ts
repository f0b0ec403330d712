/** Turns one message into one call of the connector, and answers with the attempt as it then stands. */
import { parseMessage, type Reply } from "../messages.ts";
import type { Connector } from "./connector.ts";

/** The reply, or undefined for what is not one of our messages. */
export function answerMessage(connector: Connector, value: unknown): Promise<Reply> | undefined {
  const message = parseMessage(value);
  if (message === null) return undefined;
  return answer();

  async function answer(): Promise<Reply> {
    let alreadyRunning = false;
    if (message?.type === "connect") ({ alreadyRunning } = await connector.connect(message.locationId));
    if (message?.type === "cancel") await connector.cancel();
    if (message?.type === "dismiss") await connector.dismiss();
    return { alreadyRunning, attempt: await connector.attempt() };
  }
}
