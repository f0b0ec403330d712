/** Texts as data: a key of the locale files, or words that need no translation. Nothing here touches the browser. */

/** The English file decides which texts exist: a key that is not in it does not compile. */
type Messages = typeof import("../static/_locales/en/messages.json", { with: { type: "json" }});

export type MessageKey = keyof Messages;

/** `values` fill `$1` to `$9`. `verbatim` is a name or an id that came from outside. */
export type Text = { key: MessageKey; values?: string[] } | { verbatim: string };
