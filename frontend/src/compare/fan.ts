/** The fan of many runs' loss curves: its quartiles, its axes, and which curve lies nearest to a point. */

import { exponents } from "../views/ticks";

/** Curves of the same m epochs, one after the other; NaN after a run has diverged. */
export interface Fan {
  epoch: Float64Array;
  loss: Float64Array;
  seeds: Float64Array;
}

export function curveOf(fan: Fan, run: number): Float64Array {
  return fan.loss.subarray(run * fan.epoch.length, (run + 1) * fan.epoch.length);
}

/** The quantile of numbers in rising order, between neighbours in a straight line, as numpy.quantile does it. */
export function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (place - below) * (high - low);
}

/** The quantiles of the losses at each epoch, over the runs that have a finite one there; NaN where none has. */
export function quantiles(fan: Fan, shares: number[]): Float64Array[] {
  const m = fan.epoch.length;
  const result = shares.map(() => new Float64Array(m).fill(NaN));
  for (let at = 0; at < m; at++) {
    const there = Float64Array.from({ length: fan.seeds.length }, (_, run) => fan.loss[run * m + at]!).filter(Number.isFinite);
    if (!there.length) continue;
    there.sort();
    shares.forEach((share, index) => (result[index]![at] = quantile(there, share)));
  }
  return result;
}

/** From values to places on a logarithmic axis. */
export interface Axis {
  place(value: number): number;
  /** Powers of ten on the axis, by their exponents. */
  exponents: number[];
}

/** A logarithmic axis on which these values, those above 0, lie between two places. */
export function logAxis(values: Iterable<number>, from: number, to: number, most = 6): Axis {
  let low = Infinity;
  let high = 0;
  for (const value of values) {
    if (!(value > 0) || value === Infinity) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (high === 0) [low, high] = [0.1, 1];
  if (high / low < 1.01) [low, high] = [low / 2, high * 2];
  const begin = Math.log10(low);
  const scale = (to - from) / (Math.log10(high) - begin);
  return {
    place: (value) => from + (Math.log10(Math.max(value, low)) - begin) * scale,
    exponents: exponents(begin, Math.log10(high), most),
  };
}

/** The run whose curve passes nearest below or above (x, y), within so many pixels; −1 if none does. */
export function nearest(fan: Fan, across: Axis, up: Axis, x: number, y: number, within = 24): number {
  let at = 0;
  for (let each = 1; each < fan.epoch.length; each++) {
    const away = (index: number) => Math.abs(across.place(shifted(fan.epoch[index]!)) - x);
    if (away(each) < away(at)) at = each;
  }
  let best = -1;
  let distance = within;
  for (let run = 0; run < fan.seeds.length; run++) {
    const loss = curveOf(fan, run)[at]!;
    if (!Number.isFinite(loss)) continue;
    const away = Math.abs(up.place(loss) - y);
    if (away < distance) [best, distance] = [run, away];
  }
  return best;
}

/** Epochs on a logarithmic axis begin at 1: before the first one, and after it, it is the first. */
export function shifted(epoch: number): number {
  return Math.max(epoch, 1);
}

/** The run whose last loss stands at this share of all, 0 the best and 1 the worst; diverged runs are the worst. −1 if
 * there is no run. */
export function runAt(fan: Fan, share: number): number {
  const last = (run: number) => {
    const loss = curveOf(fan, run).at(-1)!;
    return Number.isFinite(loss) ? loss : Infinity;
  };
  const order = Array.from({ length: fan.seeds.length }, (_, run) => run).sort((a, b) => last(a) - last(b) || a - b);
  return order[Math.round(share * (order.length - 1))] ?? -1;
}
