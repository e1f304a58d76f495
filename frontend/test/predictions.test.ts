/** Networks and their predictions, written to a file by tests/play/test_page_forward.py, which runs this. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { erfc } from "../src/network/erfc";
import { Forward } from "../src/network/forward";

const path = process.env.CHAINRULE_PREDICTIONS;
const cases = path ? JSON.parse(readFileSync(path, "utf-8")) : { networks: [], erfc: null };

function unpacked(text: string): Float64Array {
  const bytes = Uint8Array.from(Buffer.from(text, "base64"));
  return new Float64Array(bytes.buffer);
}

/** Same to a relative error, or an absolute one next to 0; NaN and ∞ are only the same as themselves. */
function close(got: Float64Array, expected: Float64Array, relative: number, absolute: number): string[] {
  if (got.length !== expected.length) return [`${got.length} numbers in place of ${expected.length}`];
  return [...expected].flatMap((value, i) => {
    const same = Object.is(got[i]! + 0, value + 0) || Math.abs(got[i]! - value) <= absolute + relative * Math.abs(value);
    return same ? [] : [`[${i}] ${got[i]} is not ${value}`];
  });
}

describe.skipIf(!path)("what Python predicts", () => {
  for (const { name, network, numbers, X, y } of cases.networks) {
    test(name, () => {
      const outputs = new Forward(network).of(unpacked(numbers), unpacked(X)).at(-1)!;
      expect(close(outputs.values, unpacked(y), 1e-12, 1e-14)).toEqual([]);
    });
  }

  test("erfc", () => {
    const x = unpacked(cases.erfc.x);
    expect(close(x.map(erfc), unpacked(cases.erfc.erfc), 1e-13, 0)).toEqual([]);
  });
});
