/** The language chosen in the options, in `storage.local`. Absent means: the browser's. */
import { readStored, type StorageArea } from "./storage_area.ts";
import * as v from "valibot";

/** Key in `storage.local`. */
export const LANGUAGE_KEY = "language";

/** Folders below `_locales`, each with the name that its speakers look for. */
export const LANGUAGE_NAMES = {
  en: "English",
  es: "Español",
  pt_BR: "Português (Brasil)",
  fr: "Français",
  de: "Deutsch",
} as const;

export type Language = keyof typeof LANGUAGE_NAMES;

/** The chosen language, or null for the browser's; also for one that this version does not have. */
export async function readLanguage(local: StorageArea): Promise<Language | null> {
  const stored = await readStored(local, LANGUAGE_KEY, v.string());
  return stored !== null && isLanguage(stored) ? stored : null;
}

/** Keeps the choice; the browser's language is kept as absence. */
export async function saveLanguage(local: StorageArea, language: Language | null): Promise<void> {
  if (language === null) await local.remove([LANGUAGE_KEY]);
  else await local.set({ [LANGUAGE_KEY]: language });
}

export function isLanguage(text: string): text is Language {
  return Object.hasOwn(LANGUAGE_NAMES, text);
}
