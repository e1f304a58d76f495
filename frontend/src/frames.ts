/** A frame of a run as it travels: safetensors bytes, its header as JSON in their metadata, its arrays as tensors. */
import type { Frame, Header, Tensor } from "./contract";

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

const utf8 = new TextDecoder("utf-8", { fatal: true });
/** Whether the machine stores numbers as the bytes do: lowest byte first. */
const lowestFirst = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Read a frame. Its tensors are views of the bytes where those lie right for it, and copies elsewhere.
 * Bytes that are no frame raise an error that says where they are wrong. */
export function decoded(bytes: ArrayBuffer): Frame {
  if (bytes.byteLength < 8)
    throw new Error(`a frame has a length of 8 bytes and more, this one has ${bytes.byteLength}`);
  const length = Number(new DataView(bytes).getBigUint64(0, true));
  const begin = 8 + length;
  if (begin > bytes.byteLength)
    throw new Error(`the frame's header of ${length} bytes goes past its ${bytes.byteLength} bytes`);
  const entries = JSON.parse(utf8.decode(new Uint8Array(bytes, 8, length))) as Record<string, Entry>;
  const metadata = entries.__metadata__ as unknown as { frame: string };
  const header = JSON.parse(metadata.frame) as Header;
  const arrays: Record<string, Tensor> = {};
  for (const [name, entry] of Object.entries(entries)) {
    if (name !== "__metadata__") arrays[name] = tensor(name, entry, bytes, begin);
  }
  return { header, arrays };
}

function tensor(
  name: string,
  { dtype, shape, data_offsets: [from, to] }: Entry,
  bytes: ArrayBuffer,
  begin: number,
): Tensor {
  const size = shape.reduce((product, each) => product * each, 1);
  if (dtype !== "F64") throw new Error(`tensor ${name} is ${dtype}, not F64`);
  if (to - from !== 8 * size || begin + to > bytes.byteLength) {
    throw new Error(`tensor ${name} of shape (${shape.join(", ")}) takes ${8 * size} bytes, not ${from} to ${to}`);
  }
  return { shape, values: floats(bytes, begin + from, size) };
}

function floats(bytes: ArrayBuffer, at: number, size: number): Float64Array {
  if (lowestFirst) return new Float64Array(at % 8 ? bytes.slice(at, at + 8 * size) : bytes, at % 8 ? 0 : at, size);
  const data = new DataView(bytes, at, 8 * size);
  return Float64Array.from({ length: size }, (_, index) => data.getFloat64(8 * index, true));
}

/** Bytes from the base64 that JSON carries, and the other way round. */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
}

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
