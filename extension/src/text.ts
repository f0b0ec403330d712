/** Texts as data: a key of the locale files, or words that need no translation. Nothing here touches the browser. */

/** The English file decides which texts exist: a key that is not in it does not compile. */
type Messages = typeof import("../static/_locales/en/messages.json", { with: { type: "json" }});

export type MessageKey = keyof Messages;

/**
 * `values` fill `$1` to `$9`; `seconds` fills `$1` with a length of time in words. `verbatim` is a name or an id that
 * came from outside.
 */
export type Text =
  | { key: MessageKey; values?: string[] }
  | { key: MessageKey; seconds: number }
  | { verbatim: string };

/** Foreign text without the marks that turn the direction of what stands around it (Unicode TR 9, embeddings and isolates). */
export function withoutBidiControls(text: string): string {
  return text.replace(/[\u202A-\u202E\u2066-\u2069]/g, "");
}

/** Foreign text that keeps its own direction within a sentence: between U+2068 and U+2069. */
export function isolated(text: string): string {
  return `\u2068${withoutBidiControls(text)}\u2069`;
}
