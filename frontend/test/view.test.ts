import { beforeEach, expect, test } from "vitest";
import { entriesOf, textOf } from "../src/state";
import { spoken, view, viewFromHash, viewToHash } from "../src/view";

beforeEach(() => void viewFromHash([]));

test("the defaults are said by silence", () => {
  expect(viewToHash()).toEqual([]);
});

test("every option comes back from the address", () => {
  view.language.value = "zh-Hant";
  view.theme.value = "dark";
  view.lecture.value = true;
  view.hide.value = ["controls", "take"];
  view.notation.value = "report";
  view.epochs.value = "linear";
  view.losses.value = "linear";
  view.epoch.value = 763;
  const text = textOf(viewToHash());
  expect(text).toBe(
    "language=zh-Hant&theme=dark&lecture=on&hide=controls,take&notation=report&epoch_axis=linear&loss_axis=linear&epoch=763",
  );
  const now = Object.values(view).map(({ value }) => value);
  viewFromHash([]);
  expect(view.theme.value).toBe("auto");
  expect(viewFromHash(entriesOf(text))).toEqual([]);
  expect(Object.values(view).map(({ value }) => value)).toEqual(now);
});

test("what an option cannot be is named, and the default stays", () => {
  const wrong = entriesOf("theme=pink&hide=dogs&epoch=-1&lecture=&language=fr");
  expect(viewFromHash(wrong).sort()).toEqual(["epoch", "hide", "language", "lecture", "theme"]);
  expect(viewToHash()).toEqual([]);
});

test.each([
  [["zh-TW", "en"], "zh-Hant"],
  [["fr", "zh-CN"], "zh-Hant"],
  [["en-GB", "zh"], "en"],
  [["fr"], "en"],
  [[], "en"],
])("who reads %j is spoken to in %s", (preferred, language) => expect(spoken(preferred)).toBe(language));
