/** The language of Relatch: the browser's, or one of its own. */
import { isLanguage, type Language, LANGUAGE_NAMES } from "../language_setting.ts";
import { message } from "../message.ts";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import { Section } from "./section.tsx";

export type LanguageSectionProps = {
  language: Language | null;
  onChange: (language: Language | null) => void;
};

export function LanguageSection({ language, onChange }: LanguageSectionProps): JSX.Element {
  return (
    <Section id="language-title" title="options_language_title">
      <select
        id="language"
        aria-labelledby="language-title"
        value={language ?? ""}
        onChange={(event: Event) => {
          const value = event.target instanceof HTMLSelectElement ? event.target.value : "";
          onChange(isLanguage(value) ? value : null);
        }}
      >
        <option value="">{message("options_language_browser")}</option>
        {Object.entries(LANGUAGE_NAMES).map(([value, name]) => (
          <option key={value} value={value} lang={value.replace("_", "-")}>{name}</option>
        ))}
      </select>
    </Section>
  );
}
