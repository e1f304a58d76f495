/** A frame written as it travels: safetensors bytes, as `frames.ts` reads them. */
import type { Frame, Tensor } from "../contract";

export function encoded({ header, arrays }: Frame): Uint8Array {
  const entries: Record<string, unknown> = { __metadata__: { frame: JSON.stringify(header) } };
  let end = 0;
  for (const [name, { shape, values }] of Object.entries(arrays)) {
    entries[name] = { dtype: "F64", shape, data_offsets: [end, (end += 8 * values.length)] };
  }
  const text = new TextEncoder().encode(JSON.stringify(entries));
  const begin = 8 + Math.ceil(text.length / 8) * 8; // numbers begin at a multiple of 8, after spaces
  const bytes = new Uint8Array(begin + end).fill(0x20, 8, begin);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(begin - 8), true);
  bytes.set(text, 8);
  let at = begin;
  for (const { values } of Object.values(arrays) as Tensor[]) {
    for (const value of values) {
      view.setFloat64(at, value, true);
      at += 8;
    }
  }
  return bytes;
}
