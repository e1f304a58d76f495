import fc from "fast-check";
import { expect, test } from "vitest";
import type { Field } from "../src/contract";
import { PLACES, placeOf, valueAt } from "../src/controls/scale";

const field = (values: Partial<Field>): Field => ({ name: "x", kind: "number", group: "data", default: 0, ...values });
const rate = field({ least: 1e-6, most: 1000, logarithmic: true });
const penalty = field({ least: 0, most: 10, logarithmic: true });
const share = field({ least: 0, most: 0.8 });
const epochs = field({ kind: "integer", least: 1, most: 100_000, logarithmic: true });

test.each([rate, penalty, share, epochs])("a slider reaches both ends and never goes back: %o", (each) => {
  expect(valueAt(0, each)).toBe(each.least);
  expect(valueAt(PLACES, each)).toBe(each.most);
  const values = Array.from({ length: PLACES + 1 }, (_, place) => valueAt(place, each));
  expect(values).toEqual([...values].sort((a, b) => a - b));
});

test("a value is found again where it stands", () => {
  fc.assert(
    fc.property(fc.constantFrom(rate, penalty, share, epochs), fc.nat(PLACES), (each, place) => {
      const value = valueAt(place, each);
      expect(Math.abs(valueAt(placeOf(value, each), each) - value)).toBeLessThanOrEqual(1e-9 * Math.abs(value));
    }),
  );
});

test("values are those that a hand means", () => {
  expect(valueAt(placeOf(0.1, rate), rate)).toBe(0.1);
  expect(valueAt(500, share)).toBe(0.4);
  expect(placeOf(0, penalty)).toBe(0);
});
