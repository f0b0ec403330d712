/** Texts in the person's language, through `browser.i18n`. */
import { browser } from "./browser.ts";
import { duration } from "./duration.ts";
import { isolated, type MessageKey, type Text, withoutBidiControls } from "./text.ts";

export function message(key: MessageKey, values: string[] = []): string {
  return browser.i18n.getMessage(key, values);
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
