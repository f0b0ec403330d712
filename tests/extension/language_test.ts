/** Stands in for a browser with English texts: what imports `browser.ts` finds it in `globalThis`. */
import { duration } from "../../extension/src/duration.ts";
import { LANGUAGE_NAMES, readLanguage, saveLanguage } from "../../extension/src/language_setting.ts";
import { fetchTexts, fillText } from "../../extension/src/language_texts.ts";
import { relativeTime } from "../../extension/src/relative_time.ts";
import assert from "node:assert/strict";
import { fakeStorage } from "./fake_browser.ts";

const GERMAN = JSON.stringify({
  language: { message: "de" },
  server_unreachable: { message: "$1 antwortet nicht.", description: "" },
});

const local = fakeStorage();
const files = new Map<string, string>();
const browser = {
  runtime: {
    id: "relatch",
    getURL: (path: string) => `data:application/json,${files.get(path) ?? "missing"}`,
  },
  storage: { local },
  i18n: { getMessage: (key: string, values: string[]) => [key, ...values].join(" ") },
};
Object.assign(globalThis, { browser, chrome: browser });
const { loadLanguage, message, textLanguage } = await import("../../extension/src/message.ts");

Deno.test("fillText() fills placeholders as browser.i18n does", () => {
  const cases: [string, string[], string][] = [
    ["Checked $1", ["now"], "Checked now"],
    ["$2 before $1, $2", ["a", "b"], "b before a, b"],
    ["$1 alone", [], " alone"],
    ["$1", ["$1 $& $2"], "$1 $& $2"],
    ["none", ["a"], "none"],
  ];
  for (const [text, values, filled] of cases) assert.equal(fillText(text, values), filled);
});

Deno.test("fetchTexts() gives nothing for a file that is missing or damaged", async () => {
  const answers: (() => Promise<Response>)[] = [
    () => Promise.reject(new TypeError("Failed to fetch")),
    () => Promise.resolve(new Response("{")),
    () => Promise.resolve(Response.json(null)),
    () => Promise.resolve(Response.json({ language: "de" })),
    () => Promise.resolve(Response.json({ language: {} })),
  ];
  for (const answer of answers) assert.equal(await fetchTexts(answer, "de"), null);
  const paths: string[] = [];
  await fetchTexts((path) => {
    paths.push(path);
    return Promise.resolve(new Response(GERMAN));
  }, "pt_BR");
  assert.deepEqual(paths, ["_locales/pt_BR/messages.json"]);
});

Deno.test("readLanguage() takes what this version does not have for the browser's language", async () => {
  for (const language of [undefined, 7, "tlh", "pt", "toString"]) {
    assert.equal(await readLanguage(fakeStorage({ language })), null);
  }
  const area = fakeStorage();
  await saveLanguage(area, "pt_BR");
  assert.equal(await readLanguage(area), "pt_BR");
  await saveLanguage(area, null);
  assert.deepEqual(area.all(), {});
});

Deno.test("loadLanguage() follows the choice, and every change of it", async () => {
  files.set("_locales/de/messages.json", GERMAN);
  await loadLanguage();
  assert.equal(message("server_unreachable", ["a"]), "server_unreachable a");
  await saveLanguage(local, "de");
  assert.equal(message("server_unreachable", ["a"]), "server_unreachable a");
  await loadLanguage();
  assert.equal(message("server_unreachable", ["a"]), "a antwortet nicht.");
  assert.equal(textLanguage(), "de");
  assert.equal(message("name"), "name", "a text that the file lacks is the browser's");
  await saveLanguage(local, null);
  await loadLanguage();
  assert.equal(message("server_unreachable", ["a"]), "server_unreachable a");
});

Deno.test("loadLanguage() leaves the browser's language where the file cannot be read", async () => {
  await saveLanguage(local, "fr");
  await loadLanguage();
  assert.equal(message("name"), "name");
});

Deno.test("loadLanguage() ends with the last choice when two come close together", async () => {
  files.set("_locales/de/messages.json", GERMAN);
  await saveLanguage(local, "de");
  const first = loadLanguage();
  await saveLanguage(local, null);
  await Promise.all([first, loadLanguage()]);
  assert.equal(textLanguage(), "language");
});

Deno.test("relativeTime() and duration() speak every language that can be chosen", () => {
  const hour = 3_600_000;
  const cases: [keyof typeof LANGUAGE_NAMES, string, string][] = [
    ["en", "in 18 hours", "30 seconds"],
    ["es", "dentro de 18 horas", "30 segundos"],
    ["pt_BR", "em 18 horas", "30 segundos"],
    ["fr", "dans 18 heures", "30 secondes"],
    ["de", "in 18 Stunden", "30 Sekunden"],
  ];
  assert.deepEqual(cases.map(([name]) => name).sort(), Object.keys(LANGUAGE_NAMES).sort());
  for (const [name, relative, length] of cases) {
    const language = name.replace("_", "-");
    // French has spaces at which no line breaks.
    const texts = [relativeTime(18 * hour, { now: 0, language }), duration(30, language)];
    assert.deepEqual(texts.map((text) => text.replace(/\s/g, " ")), [relative, length]);
  }
});
