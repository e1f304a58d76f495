import fc from "fast-check";
import { expect, test } from "vitest";
import { decoded, fromBase64, toBase64 } from "../src/frames";
import { frame } from "./frame";

const header = { type: "moments", run: 3 };

test.each([0, 1, 2, 3, 4, 5, 6, 7])("arrays come back wherever they lie (%i spaces)", (spaces) => {
  const arrays = {
    loss: { shape: [2], values: [0.1, NaN] },
    numbers: { shape: [2, 2], values: [1, -0, Infinity, 5e-324] },
  };
  const back = decoded(frame(header, arrays, spaces));
  expect(back.header).toEqual(header);
  expect(Array.from(back.arrays.loss!.values)).toEqual([0.1, NaN]);
  expect(back.arrays.numbers).toEqual({ shape: [2, 2], values: Float64Array.of(1, -0, Infinity, 5e-324) });
});

test("arrays that lie right are not copied", () => {
  const copies = Array.from({ length: 8 }, (_, spaces) => {
    const bytes = frame(header, { loss: { shape: [1], values: [1] } }, spaces);
    return decoded(bytes).arrays.loss!.values.buffer !== bytes;
  });
  expect(copies.filter((copied) => !copied)).toHaveLength(1);
});

test("an array without numbers and a number without a shape are arrays too", () => {
  const back = decoded(frame(header, { none: { shape: [0, 3], values: [] }, one: { shape: [], values: [7] } }));
  expect(back.arrays.none).toEqual({ shape: [0, 3], values: new Float64Array() });
  expect(back.arrays.one!.values[0]).toBe(7);
});

test("broken bytes are refused with the place", () => {
  const good = frame(header, { loss: { shape: [2], values: [1, 2] } });
  expect(() => decoded(good.slice(0, 7))).toThrow("8 bytes");
  expect(() => decoded(good.slice(0, 20))).toThrow("goes past");
  expect(() => decoded(good.slice(0, -1))).toThrow("tensor loss of shape (2)");
});

test("base64 there and back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => void expect(fromBase64(toBase64(bytes))).toEqual(bytes)),
  );
  const large = new Uint8Array(100_000).map((_, k) => k % 251);
  expect(fromBase64(toBase64(large))).toEqual(large);
});
