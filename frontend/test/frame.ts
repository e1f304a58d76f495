/** A frame as Python writes it, with as many spaces after its header as asked. */
export function frame(
  header: object,
  arrays: Record<string, { shape: number[]; values: number[] }> = {},
  spaces = 0,
): ArrayBuffer {
  let at = 0;
  const entries = Object.entries(arrays).map(([name, { shape, values }]) => {
    const data_offsets = [at, (at += 8 * values.length)];
    return [name, { dtype: "F64", shape, data_offsets }];
  });
  const json =
    JSON.stringify({ __metadata__: { frame: JSON.stringify(header) }, ...Object.fromEntries(entries) }) +
    " ".repeat(spaces);
  const text = new TextEncoder().encode(json);
  const bytes = new DataView(new ArrayBuffer(8 + text.length + at));
  bytes.setBigUint64(0, BigInt(text.length), true);
  new Uint8Array(bytes.buffer).set(text, 8);
  Object.values(arrays)
    .flatMap(({ values }) => values)
    .forEach((value, k) => bytes.setFloat64(8 + text.length + 8 * k, value, true));
  return bytes.buffer;
}
