/** Sentences of Python's in the page's language. All that there are come from tests/play/test_sentences.py, which runs
 * this with a file of them. */
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { told } from "../src/sentences";
import strings from "../src/strings.json";
import { language } from "../src/words";

const path = process.env.CHAINRULE_SENTENCES;
const { said, names }: { said: Record<string, string[]>; names: string[] } = path
  ? JSON.parse(readFileSync(path, "utf-8"))
  : { said: { none: [] }, names: [] };

beforeEach(() => void (language.value = "zh-Hant"));
afterEach(() => void (language.value = "en"));

test("a sentence is told with what it tells, whose words are told too", () => {
  expect(told("epochs must be a whole number from 1 to 100,000, got 0")).toBe("「epoch 數」必須是 1 到 100,000 的整數，收到的是 0");
  expect(told("The weight's first moment")).toBe("權重的一階動差");
  expect(told("the γ's first moment")).toBe("γ 的一階動差");
  expect(told("'a.csv' does not fit the playground: L-BFGS takes full batches; set the batch size to 0")).toBe(
    "'a.csv' 不適合在這裡使用：L-BFGS 只用整批；請把批次大小設為 0",
  );
});

test("the closest sentence is taken", () => {
  expect(told("edits must be at epochs from 0 to 50, got 60")).toBe("手動修改必須在第 0 到第 50 回合之間，收到的是第 60 回合");
  expect(told("'a.csv' has 9 bytes; the most is 8: take a part of its rows")).toContain("請只取其中一部分的列");
});

test("what is not known, and everything in English, is told as it is", () => {
  expect(told("Nobody has said this before.")).toBe("Nobody has said this before.");
  expect(told("there is no setting '$& {name}'")).toBe("沒有 '$& {name}' 這個設定");
  language.value = "en";
  expect(told("The new weight")).toBe("The new weight");
});

test("a translation tells nothing that the sentence does not", () => {
  const { derivation, refusals } = strings["zh-Hant"];
  const blanks = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
  for (const [key, words] of Object.entries({ ...derivation, ...refusals })) {
    expect(new Set(blanks(key)).size, key).toBe(blanks(key).length);
    expect(blanks(key), key).toEqual(expect.arrayContaining(blanks(words)));
  }
});

/** English that is left in a translation; what is quoted is the reader's own, and names are the same everywhere. */
function left(words: string): string[] {
  const plain = words.replace(/'[^']*['…]|"[^"]*"|`[^`]*`|\.\w+|\w+=/g, "");
  return (plain.match(/(?<!\w)[A-Za-z]\w+/g) ?? []).filter((word) => !names.includes(word.toLowerCase()));
}

describe.skipIf(!path)("what Python says is told in Chinese", () => {
  for (const [kind, sentences] of Object.entries(said)) {
    test(kind, () => {
      const bare = sentences.flatMap((sentence) => left(told(sentence)).map((word) => `${word}: ${told(sentence)} (${sentence})`));
      expect(bare, "each needs words in strings.json, under its English sentence").toEqual([]);
    });
  }
});
