/** Texts in the person's language: the browser's through `browser.i18n`, or the one chosen in the options. */
import { browser } from "./browser.ts";
import { duration } from "./duration.ts";
import { type Language, readLanguage } from "./language_setting.ts";
import { fetchTexts, fillText, type LanguageTexts } from "./language_texts.ts";
import { isolated, type MessageKey, type Text, withoutBidiControls } from "./text.ts";

type Loading = { language: Language | null; texts: Promise<LanguageTexts | null> };

let loading: Loading = { language: null, texts: Promise.resolve(null) };
/** Null: `browser.i18n` has the texts. */
let chosenTexts: LanguageTexts | null = null;

/**
 * Makes `message()` speak the chosen language. A page awaits this before its first render, the background before it
 * writes; called again, it follows a choice that has changed. Texts that cannot be read leave the browser's language.
 */
export async function loadLanguage(): Promise<void> {
  const language = await readLanguage(browser.storage.local);
  if (language !== loading.language) {
    loading = {
      language,
      texts: language === null ? Promise.resolve(null) : fetchTexts(fetchFile, language),
    };
  }
  const { texts } = loading;
  const loaded = await texts;
  // The choice may have changed again meanwhile.
  if (texts === loading.texts) chosenTexts = loaded;
}

function fetchFile(path: string): Promise<Response> {
  return fetch(browser.runtime.getURL(path));
}

export function message(key: MessageKey, values: string[] = []): string {
  const chosen = chosenTexts?.[key];
  return chosen === undefined ? browser.i18n.getMessage(key, values) : fillText(chosen.message, values);
}

/** What came from outside, a name for instance, cannot turn the text around it. */
export function words(text: Text): string {
  if ("verbatim" in text) return withoutBidiControls(text.verbatim);
  if ("seconds" in text) return message(text.key, [duration(text.seconds, textLanguage())]);
  return message(text.key, text.values?.map(isolated));
}

/** The language that the texts are in, which is not always the browser's: for `lang` and for `Intl`. */
export function textLanguage(): string {
  return message("language");
}
