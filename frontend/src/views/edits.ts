/** Weights changed by hand: each is an epoch, a place in θ and a value, and training goes on from there. */
import type { Settings, Start } from "../contract";

export type Edit = Settings["edits"][number];

/** A weight, or a bias where there is no unit that it comes from. */
export interface Weight {
  /** The layer that it belongs to, from 1. */
  layer: number;
  from: number | null;
  to: number;
}

export function placeOf({ layers }: Pick<Start, "layers">, { layer, from, to }: Weight): number {
  const { weight, bias, fan_out } = layers[layer - 1]!;
  return from === null ? bias[0] + to : weight[0] + from * fan_out + to;
}

/** Which weight lies at a place in θ; null if it is none. */
export function weightAt({ layers }: Pick<Start, "layers">, place: number): Weight | null {
  for (const [index, { weight, bias, fan_out }] of layers.entries()) {
    if (place >= weight[0] && place < weight[1]) {
      const at = place - weight[0];
      return { layer: index + 1, from: Math.floor(at / fan_out), to: at % fan_out };
    }
    if (place >= bias[0] && place < bias[1]) return { layer: index + 1, from: null, to: place - bias[0] };
  }
  return null;
}

/** The edits with another one, in order of time; it takes the place of one of the same weight at the same epoch. */
export function withEdit(edits: readonly Edit[], edit: Edit): Edit[] {
  const others = edits.filter(([epoch, place]) => epoch !== edit[0] || place !== edit[1]);
  return [...others, edit].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
}
