/** The texts of one locale file, for a language that is not the browser's. */
import type { Language } from "./language_setting.ts";
import * as v from "valibot";

const LocaleFile = v.record(v.string(), v.object({ message: v.string() }));
export type LanguageTexts = v.InferOutput<typeof LocaleFile>;

/** `fetchFile` reads a file of the package. Null when the file is missing or damaged. */
export async function fetchTexts(
  fetchFile: (path: string) => Promise<Response>,
  language: Language,
): Promise<LanguageTexts | null> {
  try {
    const response = await fetchFile(`_locales/${language}/messages.json`);
    const parsed = v.safeParse(LocaleFile, await response.json());
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}

/** Fills `$1` to `$9`, as `browser.i18n` does: with nothing where there is no value. */
export function fillText(text: string, values: string[]): string {
  return text.replace(/\$([1-9])/g, (_, position: string) => values[Number(position) - 1] ?? "");
}
