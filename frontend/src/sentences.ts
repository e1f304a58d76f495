/** What Python says, in the page's language. Python speaks English; its sentence, with a {name} wherever something else
 * may stand, is the key of the translation in strings.json: so no sentence stands there twice in English. */
import strings from "./strings.json";
import { language } from "./words";

interface Sentence {
  matches: RegExp;
  words: string;
}
type Words = Record<string, string>;

const BLANK = /\{(\w+)\}/g;
const known = new Map<string, Sentence[]>();

/** Sentences with the most words of their own come first: they are the closest. */
function sentences(of: string): Sentence[] {
  if (!known.has(of)) {
    const { derivation, refusals } = (strings as unknown as Record<string, Record<string, Words>>)[of]!;
    const own = (key: string) => key.replace(BLANK, "").length;
    const entries = Object.entries({ ...derivation, ...refusals }).sort(([a], [b]) => own(b) - own(a));
    known.set(of, entries.map(([key, words]) => ({ matches: matching(key), words })));
  }
  return known.get(of)!;
}

function matching(key: string): RegExp {
  const plain = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const parts = key.split(BLANK).map((part, at) => (at % 2 ? `(?<${part}>.+?)` : plain(part)));
  return new RegExp(`^${parts.join("")}$`, "is");
}

function translated(sentence: string): string | null {
  for (const { matches, words } of sentences(language.value)) {
    const found = matches.exec(sentence);
    if (!found) continue;
    return words.replace(BLANK, (all, name: string) => {
      const part = found.groups?.[name];
      return part === undefined ? all : (translated(part) ?? label(part) ?? part);
    });
  }
  return null;
}

/** What the controls call a setting or an option of this name. */
function label(name: string): string | null {
  const labels: Words = strings[language.value].controls;
  const key = name.toLowerCase().replaceAll(" ", "_");
  return labels[`option.${key}`] ?? labels[key] ?? null;
}

/** A sentence of Python's in the page's language; as it is where there is no translation, and in English. */
export function told(sentence: string): string {
  return translated(sentence) ?? sentence;
}

/** What belongs to a letter of a formula, its tags too, and is no word. */
const LETTERS = "mi, mn, mo, msub > *, msup > *, msubsup > *";

/** The same for every text inside `root`, a formula's letters left alone. */
export function tellIn(root: Node): void {
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode() as Text | null; text; text = texts.nextNode() as Text | null) {
    const said = text.data.trim();
    if (!/\p{L}{2}/u.test(said) || text.parentElement?.matches(LETTERS)) continue;
    const words = told(said);
    if (words !== said) text.data = text.data.replace(said, () => words);
  }
}
