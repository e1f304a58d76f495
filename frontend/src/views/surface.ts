/** What the network computes all over the plane, and on the samples, at the moment that the cursor stands on. */
import { computed } from "@preact/signals-core";
import type { Start } from "../contract";
import type { Block } from "../network/elementary";
import { Forward } from "../network/forward";
import { numbers, recording } from "../store";

/** Points along each side of the plane, its edges included. */
export const SIDE = 60;

/** The run's description: the same object for as long as the run lasts. */
export const start = computed<Start | null>(() => recording.value?.start ?? null);
const samples = computed(() => (start.value ? recording.peek()!.X.values : null));
const grid = computed(() => (start.value ? pointsOf(start.value.domain) : null));
const onGrid = computed(() => (start.value ? new Forward(start.value) : null));
const onSamples = computed(() => (start.value ? new Forward(start.value) : null));

export interface Activations {
  start: Start;
  /** Of the features and of every layer, (n, units) each; written over at the next moment. */
  layers: Block[];
  /** What each layer's activation was applied to: the first is that of layer 1. */
  inputs: Block[];
}

function activations(forward: Forward | null, X: Float64Array | null): Activations | null {
  if (!forward || !X || numbers.value.length === 0) return null;
  return { start: start.value!, layers: forward.of(numbers.value, X), inputs: forward.inputs };
}

export const surface = computed(() => activations(onGrid.value, grid.value));
export const onData = computed(() => activations(onSamples.value, samples.value));

/** SIDE × SIDE points of the domain, x₁ from left to right and x₂ from the top downwards, as an image has them. */
export function pointsOf([left, right, bottom, top]: Start["domain"], side = SIDE): Float64Array {
  const points = new Float64Array(2 * side * side);
  for (let i = 0, at = 0; i < side; i++) {
    for (let j = 0; j < side; j++) {
      points[at++] = left + ((right - left) * j) / (side - 1);
      points[at++] = top + ((bottom - top) * i) / (side - 1);
    }
  }
  return points;
}

/** The least and the greatest finite value of a column. */
export function rangeOf({ values, columns }: Block, column: number): [least: number, most: number] {
  let least = Infinity;
  let most = -Infinity;
  for (let i = column; i < values.length; i += columns) {
    const value = values[i]!;
    if (value < least && value !== -Infinity) least = value;
    if (value > most && value !== Infinity) most = value;
  }
  return least <= most ? [least, most] : [0, 1];
}

/** The output between two classes: ½ of a probability, 0 of a hinge's score. */
export function middle({ loss }: Start): number {
  return loss === "hinge" ? 0 : 0.5;
}

/** The class that outputs stand for: the greatest of several, or which side of the middle a single one is on. */
export function classOf(of: Start, { values, columns }: Block, row: number): number {
  if (columns === 1) return values[row]! > middle(of) ? 1 : 0;
  let best = row * columns;
  for (let k = best + 1; k < (row + 1) * columns; k++) if (values[k]! > values[best]!) best = k;
  return best - row * columns;
}
