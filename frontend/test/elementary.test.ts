import { expect, test } from "vitest";
import { binary, operate, shapeOf, unary, type Block } from "../src/network/elementary";
import { erfc } from "../src/network/erfc";
import { Evaluator } from "../src/network/formulas";

const block = (rows: number, columns: number, ...values: number[]): Block => ({ rows, columns, values: Float64Array.from(values) });

function done(operation: string, ...given: Block[]): number[] {
  const [rows, columns] = shapeOf(operation, given);
  const out = { rows, columns, values: new Float64Array(rows * columns) };
  operate(operation, given, out);
  return [...out.values];
}

test("erfc has every digit, by mpmath", () => {
  for (const [x, value] of [[-1, 1.842700792949714869], [0.5, 0.4795001221869534623], [5, 1.537459794428034850e-12], [26, 5.663192408856142846e-296]] as const) {
    expect(Math.abs(erfc(x) / value - 1)).toBeLessThan(2e-15);
  }
  expect([erfc(0), erfc(Infinity), erfc(-Infinity), erfc(NaN)]).toEqual([1, 0, 2, NaN]);
});

test("edges are NumPy's", () => {
  expect([binary.maximum!(NaN, 1), binary.minimum!(1, NaN)]).toEqual([NaN, NaN]);
  expect([binary.power!(1, NaN), binary.power!(-1, Infinity), binary.power!(0, 0), binary.power!(-8, 1 / 3)]).toEqual([1, 1, 1, NaN]);
  expect([binary.heaviside!(-1, 0.5), binary.heaviside!(0, 0.5), binary.heaviside!(3, 0.5), binary.heaviside!(NaN, 0.5)]).toEqual([0, 0.5, 1, NaN]);
  expect([unary.sign!(-0), unary.sign!(0), unary.sign!(-2), unary.sign!(NaN)]).toEqual([0, 0, -1, NaN]);
  expect([unary.exp!(1000), unary.log!(0), unary.log!(-1), binary.divide!(1, 0), binary.equal!(NaN, NaN)]).toEqual([Infinity, -Infinity, NaN, Infinity, 0]);
  expect(done("where", block(1, 3, NaN, 0, -1), block(1, 1, 7), block(1, 3, 1, 2, 3))).toEqual([7, 2, 7]);
  expect(done("maximum.reduce", block(2, 2, 1, NaN, 3, 2))).toEqual([NaN, 3]);
});

test("rows and columns broadcast, reductions keep the units' axis", () => {
  expect(done("add", block(2, 2, 1, 2, 3, 4), block(1, 2, 10, 20))).toEqual([11, 22, 13, 24]);
  expect(done("subtract", block(2, 2, 1, 2, 3, 4), block(2, 1, 1, 3))).toEqual([0, 1, 0, 1]);
  expect(shapeOf("mean.reduce", [block(2, 2, 1, 2, 3, 4)])).toEqual([2, 1]);
  expect(done("mean.reduce", block(2, 2, 1, 2, 3, 4))).toEqual([1.5, 3.5]);
  expect(() => shapeOf("add", [block(2, 1, 1, 2), block(3, 1, 1, 2, 3)])).toThrow("do not go together");
  expect(() => done("sinh", block(1, 1, 0))).toThrow("no operation sinh");
});

test("a formula is evaluated again in the same blocks, and −0 stays −0", () => {
  const leaky = new Evaluator({ steps: [["#1", "greater", "z", 0], ["#2", "multiply", "alpha", "z"], ["#3", "where", "#1", "z", "#2"]], result: "#3" });
  const alpha = block(1, 2, 0.5, 0.25);
  const first = leaky.of({ z: block(2, 2, 1, 2, -1, -2), alpha });
  expect([...first.values]).toEqual([1, 2, -0.5, -0.5]);
  expect(leaky.of({ z: block(2, 2, -4, -4, 3, 3), alpha })).toBe(first);
  expect([...first.values]).toEqual([-2, -1, 3, 3]);
  expect(new Evaluator({ steps: [], result: -0 }).of({}).values[0]).toBe(-0);
  expect(() => leaky.of({ z: alpha })).toThrow("the formula needs alpha");
});
