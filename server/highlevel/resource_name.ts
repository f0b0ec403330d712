/** Names that people gave their locations and agencies, as HighLevel sends them. */

/** What a client is promised at most; a longer name is cut. */
const MAX_NAME_CHARACTERS = 1000;

/** The name without control characters (the database stores no NUL) and outer spaces; `null` for none. */
export function parseName(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const name = value.replace(/\p{Cc}+/gu, " ").trim().slice(0, MAX_NAME_CHARACTERS);
  // A cut can go through the middle of a character.
  return name.replace(/\p{Cs}$/u, "").trimEnd().toWellFormed() || null;
}
