/** Words of the page in the language that is chosen, all from strings.json. */
import { signal } from "@preact/signals-core";
import strings from "./strings.json";

export type Language = "en" | "zh-Hant";
export const languages: Record<Language, string> = { en: "English", "zh-Hant": "繁體中文" };
export const language = signal<Language>("en");

const of = strings as unknown as Record<Language, Record<string, Record<string, string>>>;

/** The words under "section.name", with {placeholders} filled; the name itself where there are none (a formula's, say). */
export function say(key: string, values: Record<string, string | number> = {}): string {
  const [section, ...rest] = key.split(".");
  const name = rest.join(".");
  const text = of[language.value][section!]?.[name] ?? of.en[section!]?.[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (all, each: string) => (each in values ? String(values[each]) : all));
}
