/** Reads the sources and the locale files: `--allow-read=extension`. */
import messages from "../../extension/static/_locales/en/messages.json" with { type: "json" };
import { ATTEMPT_CAUSES } from "../../extension/src/attempt.ts";
import { LANGUAGE_NAMES } from "../../extension/src/language_setting.ts";
import { readdirSync, readFileSync } from "node:fs";
import assert from "node:assert/strict";
import * as v from "valibot";

const EXTENSION = new URL("../../extension/", import.meta.url);
const keys = Object.keys(messages);

const LOCALES: readonly string[] = Object.keys(LANGUAGE_NAMES).filter((language) => language !== "en");

/** Besides the name of the product: words that happen to be the same in both languages. */
const SAME_AS_ENGLISH: Readonly<Record<string, readonly string[]>> = {
  es: [],
  fr: ["action_options", "options_notifications_title", "options_version"],
  de: ["options_version", "options_server_title"],
  pt_BR: [],
};

/** What the stores take at most, in characters. */
const STORE_LIMITS: Readonly<Record<string, number>> = { name: 45, extension_description: 132 };

const LocaleFile = v.record(v.string(), v.object({ message: v.string() }));

function readLocale(locale: string): Map<string, string> {
  const path = new URL(`static/_locales/${locale}/messages.json`, EXTENSION);
  const texts = v.parse(LocaleFile, JSON.parse(readFileSync(path, "utf8")));
  return new Map(Object.entries(texts).map(([key, { message }]) => [key, message]));
}

const english = readLocale("en");

function placeholdersIn(text: string): string[] {
  return [...new Set(text.match(/\$\d/g))].sort();
}

/** Buttons share lines, and stand in a popup of one width. */
function isButtonLabel(key: string): boolean {
  return key.startsWith("action_") ||
    ["options_save", "options_save_anyway", "options_reset", "options_sign_out"].includes(key);
}

function sources(folder: URL): string {
  return readdirSync(folder, { withFileTypes: true }).map((entry) => {
    if (entry.isDirectory()) return sources(new URL(`${entry.name}/`, folder));
    return /\.tsx?$/.test(entry.name) ? readFileSync(new URL(entry.name, folder), "utf8") : "";
  }).join("\n");
}

Deno.test("messages.json has a sentence and a next step for every cause", () => {
  for (const cause of ATTEMPT_CAUSES) {
    assert.ok(keys.includes(`cause_${cause}`) && keys.includes(`cause_${cause}_next`), cause);
  }
});

Deno.test("messages.json has no text that nothing shows", () => {
  const code = sources(new URL("src/", EXTENSION)) + readFileSync(new URL("manifest.ts", EXTENSION), "utf8");
  // Such as `cause_${cause}_next`: the compiler knows what can stand there.
  const composed = [...code.matchAll(/`([a-z]+_)\$\{\w+\}([a-z_]*)`/g)]
    .map(([, start, end]) => new RegExp(`^${start}\\w+${end}$`));
  const unused = keys.filter((key) => {
    return !composed.some((pattern) => pattern.test(key)) && !code.includes(`"${key}"`) &&
      !code.includes(`__MSG_${key}__`);
  });
  assert.deepEqual(unused, []);
});

Deno.test("messages.json explains every placeholder to translators", () => {
  for (const [key, entry] of Object.entries(messages)) {
    const placeholders = entry.message.match(/\$\d/g) ?? [];
    const description = "description" in entry ? entry.description : "";
    for (const placeholder of placeholders) assert.ok(description.includes(placeholder), key);
  }
});

Deno.test("messages.json has a text for every name in the manifest", () => {
  const manifest = readFileSync(new URL("manifest.ts", EXTENSION), "utf8");
  for (const [, key] of manifest.matchAll(/__MSG_(\w+?)__/g)) {
    assert.ok(keys.includes(key ?? ""), String(key));
  }
});

Deno.test("the locales beside English are those that the options offer", () => {
  const folders = readdirSync(new URL("static/_locales/", EXTENSION));
  assert.deepEqual(folders.sort(), [...LOCALES, "en"].sort());
});

for (const locale of LOCALES) {
  Deno.test(`the texts in ${locale} have exactly the English keys`, () => {
    assert.deepEqual([...readLocale(locale).keys()].sort(), [...english.keys()].sort());
  });

  Deno.test(`the texts in ${locale} name their language, which is written from left to right as the pages are`, () => {
    const tag = readLocale(locale).get("language") ?? "";
    assert.equal(tag, locale.replace("_", "-"));
    assert.equal(Intl.getCanonicalLocales(tag)[0], tag);
    assert.ok(Intl.RelativeTimeFormat.supportedLocalesOf(tag).length === 1, "Intl does not know it");
    assert.doesNotMatch(tag, /^(ar|dv|fa|he|ps|ur|yi)\b/);
  });

  Deno.test(`the texts in ${locale} have the placeholders of the English ones, and no other dollar sign`, () => {
    for (const [key, text] of readLocale(locale)) {
      assert.deepEqual(placeholdersIn(text), placeholdersIn(english.get(key) ?? ""), key);
      assert.doesNotMatch(text, /\$(?![1-9](?!\d))/, key);
    }
  });

  Deno.test(`the texts in ${locale} are translated`, () => {
    const texts = readLocale(locale);
    const allowed = ["name", ...SAME_AS_ENGLISH[locale] ?? []];
    const untranslated = [...texts].filter(([key, text]) => {
      return text.trim() === "" || (text === english.get(key) && !allowed.includes(key));
    });
    assert.deepEqual(untranslated, []);
  });

  Deno.test(`the texts in ${locale} are not much longer than the English ones`, () => {
    for (const [key, text] of readLocale(locale)) {
      const { length } = english.get(key) ?? "";
      const limit = isButtonLabel(key)
        ? Math.max(length + 14, length * 1.7)
        : Math.max(length + 30, length * 1.8);
      assert.ok(text.length <= limit, `${key}: ${text.length} characters, at most ${Math.floor(limit)}`);
    }
  });
}

Deno.test("the texts for the stores keep to their limits in every language", () => {
  for (const locale of ["en", ...LOCALES]) {
    const texts = readLocale(locale);
    for (const [key, limit] of Object.entries(STORE_LIMITS)) {
      assert.ok((texts.get(key)?.length ?? Infinity) <= limit, `${locale}: ${key}`);
    }
  }
});
