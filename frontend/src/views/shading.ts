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
export function paint(pixels: Uint32Array, { what, block, column, low, high }: Shading, { ramp, washes }: Colours, side: number, every = 1): void {
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
}

/** Where neighbouring points of a surface have different classes: segments as `contour` gives them. */
export function margins({ values, columns }: Block, side: number): Float64Array {
  const lead = new Float64Array(side * side * columns);
  for (let row = 0; row < values.length; row += columns) {
    for (let k = 0; k < columns; k++) {
      let other = -Infinity;
      for (let j = 0; j < columns; j++) if (j !== k && values[row + j]! > other) other = values[row + j]!;
      lead[row + k] = values[row + k]! - other;
    }
  }
  return lead;
}
