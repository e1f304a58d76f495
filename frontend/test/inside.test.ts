import { expect, test } from "vitest";
import type { DerivationPage, DerivationStep } from "../src/contract";
import { byPhase, chosen, kept, leadsTo, numbered } from "../src/inside/walk";
import type { Recording } from "../src/store";

const step = (key: string, phase: DerivationStep["phase"], html = ""): DerivationStep => ({ key, phase, layer: 1, title: key, html });
const steps = [step("z1", "forward", '<mn id="z1-1-1">1</mn>'), step("loss", "loss"), step("delta1", "backward"), step("new1", "update")];
const page = { steps, given: '<mn id="weight1-1-2">2</mn>' } as unknown as DerivationPage;

function run(n: number, held: number[], batch_size: number): Recording {
  const validation = Float64Array.from({ length: n }, (_, sample) => Number(held.includes(sample)));
  return { X: { shape: [n, 2] }, validation: { values: validation }, settings: { batch_size } } as unknown as Recording;
}

test("samples by their numbers: each once, those that exist, at most eight, at least one", () => {
  expect(numbered("3, 1;3  99 0", 5)).toEqual([2, 0]);
  expect(numbered("1 2 3 4 5 6 7 8 9", 20)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(numbered("none", 5)).toEqual([0]);
});

test("the first of training: no sample of validation, as many as a step takes, at most eight", () => {
  expect(chosen("first", 0, "", run(6, [0, 2], 3))).toEqual([1, 3, 4]);
  expect(chosen("first", 0, "", run(20, [], 0))).toHaveLength(8);
  expect(chosen("one", 9, "", run(6, [], 0))).toEqual([5]);
});

test("the walk stays at its step when the numbers change, and at its place when the step is gone", () => {
  expect(kept(steps, "delta1", 0)).toBe(2);
  expect(kept(steps, "z9", 2)).toBe(2);
  expect(kept(steps, "z9", 9)).toBe(3);
});

test("a link leads to the step that holds the number, or to what is given, or nowhere", () => {
  expect(leadsTo(page, "z1-1-1")).toBe(0);
  expect(leadsTo(page, "weight1-1-2")).toBe(-1);
  expect(leadsTo(page, "z1-1")).toBeNull();
});

test("steps by phase keep their places among all, and an absent phase has no group", () => {
  const groups = byPhase([steps[0]!, steps[2]!, step("delta0", "backward")]);
  expect(groups.map(({ phase, steps: of }) => [phase, of.map(({ at }) => at)])).toEqual([["forward", [0]], ["backward", [1, 2]]]);
});
