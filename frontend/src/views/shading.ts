/** What the plane shows, the network's output or one unit's, as colours of an image. */
import type { Block } from "../network/elementary";
import type { Selection } from "../store";
import type { Colours } from "./colours";
import { type Activations, middle, rangeOf } from "./surface";

export interface Shading {
  what: "probability" | "score" | "classes" | "value" | "unit";
  block: Block;
  column: number;
  /** The values of the two ends of the colours. */
  low: number;
  high: number;
  /** Where a line is drawn, if anywhere. */
  level: number | null;
}

/** The unit that is chosen, if the network has it: layers count from 0, the features. */
export function chosenUnit(selection: Selection, { layers }: Activations): { layer: number; unit: number } | null {
  if (selection?.kind !== "unit") return null;
  const { layer, unit } = selection;
  const output = layer === layers.length - 1 && layers[layer]!.columns === 1;
  return !output && unit < (layers[layer]?.columns ?? 0) ? { layer, unit } : null;
}

/** The colours of a value from its range: even around 0 where there are both signs. */
export function spread(least: number, most: number): [low: number, high: number] {
  if (least < 0 && most > 0) {
    const far = Math.max(-least, most);
    return [-far, far];
  }
  return least < most ? [least, most] : [least - 1, most + 1];
}

export function shadingOf(all: Activations, selection: Selection, y: Float64Array): Shading {
  const { start, layers } = all;
  const unit = chosenUnit(selection, all);
  if (unit) {
    const block = layers[unit.layer]!;
    const [low, high] = spread(...rangeOf(block, unit.unit));
    return { what: "unit", block, column: unit.unit, low, high, level: low < 0 && high > 0 ? 0 : null };
  }
  const block = layers.at(-1)!;
  if (start.task === "regression") {
    const [low, high] = rangeOf({ rows: y.length, columns: 1, values: y }, 0);
    return { what: "value", block, column: 0, low, high: high > low ? high : low + 1, level: null };
  }
  if (block.columns > 1) return { what: "classes", block, column: 0, low: 1 / block.columns, high: 1, level: null };
  if (start.loss === "hinge") return { what: "score", block, column: 0, low: -1, high: 1, level: middle(start) };
  return { what: "probability", block, column: 0, low: 0, high: 1, level: middle(start) };
}

/** NaN's pixel: neither of the two ends. */
const NOTHING = 0xff888888;

/** Colour every `every`-th point of each row and column of a surface `side` points wide. */
export function paint(pixels: Uint32Array, { what, block, column, low, high }: Shading, { ramp, washes }: Colours, side: number, every = 1): Uint32Array {
  const { values, columns } = block;
  const width = Math.ceil(side / every);
  const scale = 255 / (high - low);
  const shade = (value: number, among: Uint32Array) => {
    const t = Math.round((value - low) * scale);
    return value !== value ? NOTHING : among[t < 0 ? 0 : t > 255 ? 255 : t]!;
  };
  for (let i = 0, to = 0; i < width; i++) {
    for (let j = 0; j < width; j++, to++) {
      const row = (i * side + j) * every * columns;
      if (what !== "classes") {
        pixels[to] = shade(values[row + column]!, ramp);
        continue;
      }
      let best = 0;
      for (let k = 1; k < columns; k++) if (values[row + k]! > values[row + best]!) best = k;
      pixels[to] = shade(values[row + best]!, washes[best % washes.length]!);
    }
  }
  return pixels;
}

/** How many pixels lie between two points of a smooth surface. */
const FINE = 3;
/** Log-odds beyond these are as good as 0 and 1; and how many steps lie between them. */
const ODDS = 8;
const STEPS = 2047;

/** A surface finer than its points. Between them it is linear in the log-odds where it is a probability: there a steep
 * boundary runs straight, while probabilities, which are 0 or 1 on both sides of it, would make stairs. */
export function paintFine(pixels: Uint32Array, shading: Shading, { ramp, odds }: Colours, side: number): Uint32Array {
  const width = fine(side);
  const values = smooth(shading);
  const among = shading.what === "probability" ? odds : ramp;
  const last = among.length - 1;
  const [low, high] = shading.what === "probability" ? [-ODDS, ODDS] : [shading.low, shading.high];
  const scale = last / (high - low);
  for (let y = 0, to = 0; y < width; y++) {
    const i = Math.min(side - 2, Math.floor(y / FINE));
    const down = y / FINE - i;
    for (let x = 0; x < width; x++, to++) {
      const j = Math.min(side - 2, Math.floor(x / FINE));
      const across = x / FINE - j;
      const at = i * side + j;
      const upper = values[at]! + across * (values[at + 1]! - values[at]!);
      const lower = values[at + side]! + across * (values[at + side + 1]! - values[at + side]!);
      const value = upper + down * (lower - upper);
      const t = Math.round((value - low) * scale);
      pixels[to] = value !== value ? NOTHING : among[t < 0 ? 0 : t > last ? last : t]!;
    }
  }
  return pixels;
}

/** How many pixels wide such a surface is. */
export const fine = (side: number) => (side - 1) * FINE + 1;

/** The ramp over log-odds instead of probabilities. */
export function oddsRamp(ramp: Uint32Array): Uint32Array {
  return Uint32Array.from({ length: STEPS + 1 }, (_, i) => ramp[Math.round(255 / (1 + Math.exp(ODDS * (1 - (2 * i) / STEPS))))]!);
}

/** One column of a surface as it is linear between points: log-odds of probabilities, and all else as it is. */
export function smooth({ what, block: { values, columns }, column }: Pick<Shading, "what" | "block" | "column">): Float64Array {
  const out = new Float64Array(values.length / columns);
  for (let i = 0; i < out.length; i++) {
    const value = values[i * columns + column]!;
    out[i] = what === "probability" ? Math.log(kept(value)) - Math.log(kept(1 - value)) : value;
  }
  return out;
}

const kept = (probability: number) => (probability < 1e-16 ? 1e-16 : probability);

/** How far each class leads the best of the others at every point, as the logarithm of their ratio: 0 is the border. */
export function leads({ values, columns }: Block): Float64Array {
  const lead = new Float64Array(values.length);
  for (let row = 0; row < values.length; row += columns) {
    for (let k = 0; k < columns; k++) {
      let other = -Infinity;
      for (let j = 0; j < columns; j++) if (j !== k && values[row + j]! > other) other = values[row + j]!;
      lead[row + k] = Math.log(kept(values[row + k]!)) - Math.log(kept(other));
    }
  }
  return lead;
}
