/** What a person reads of an error, on standard error: whoever runs a command reads a sentence, not a stack. */

/** The messages of an error and of its causes, the outermost first. */
export function errorSentence(error: unknown): string {
  return messagesOf(error).join(": ");
}

function messagesOf(error: unknown): string[] {
  return error instanceof Error ? [error.message, ...messagesOf(error.cause)] : [];
}
