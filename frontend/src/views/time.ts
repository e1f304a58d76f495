/** Travelling through a run: the cursor stands on a moment, and on the same epoch of the next run. */
import { batch, effect, untracked } from "@preact/signals-core";
import { cursor, recording } from "../store";
import { view } from "../view";

/** Stand on a moment; the last one is "whatever comes". */
export function standOn(index: number): void {
  const run = recording.peek();
  if (!run) return;
  const last = index >= run.count - 1;
  batch(() => {
    cursor.value = last ? -1 : Math.max(0, index);
    view.epoch.value = last ? null : run.moments.epoch!.values[Math.max(0, index)]!;
  });
}

/** Stand on the moment next to an epoch. */
export function standAt(epoch: number): void {
  const run = recording.peek();
  if (run?.count) standOn(nextTo(run.moments.epoch!.values, epoch));
}

/** Which of these rising numbers is next to x. */
export function nextTo(values: Float64Array, x: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const half = (low + high) >> 1;
    if (values[half]! < x) low = half + 1;
    else high = half;
  }
  return low > 0 && x - values[low - 1]! < values[low]! - x ? low - 1 : low;
}

/** Keep to the epoch that was chosen while runs come and go: their moments lie elsewhere. */
export function keepEpoch(): () => void {
  return effect(() => {
    const run = recording.value;
    const epoch = view.epoch.value;
    if (!run?.count) return;
    untracked(() => {
      const place = epoch === null ? -1 : nextTo(run.moments.epoch!.values, epoch);
      if (cursor.value !== place) cursor.value = place;
    });
  });
}
