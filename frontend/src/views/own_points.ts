/** Points of the reader's own on the plane: added, moved and deleted, each as a change of the settings. */
import { change } from "../change";
import type { Settings } from "../contract";
import { engine } from "../engine";
import { schema, settings } from "../store";

type Point = Settings["points"][number];

/** How fine a coordinate is kept: a thousandth, which keeps links short. */
const round = (value: number) => Math.round(value * 1000) / 1000;

/** The points that can be changed here, or null: other data are made from their settings, and a recording stays as it is. */
export function ownPoints(): Point[] | null {
  const now = settings.value;
  return now?.data === "own" && engine.value?.trains !== false ? now.points : null;
}

/** Other classes make other outputs: weights that were meant for the old ones go. */
function replace(points: Point[]): void {
  const now = settings.peek();
  if (!now) return;
  const same = now.own_task === "regression" || classesOf(points) === classesOf(now.points);
  change({ points, ...(same ? {} : { edits: [], parameters: [] }) });
}

export function classesOf(points: readonly Point[]): number {
  return points.reduce((most, [, , y]) => Math.max(most, y + 1), 0);
}

/** Whether there is room for another. */
export function roomFor(points: readonly Point[]): boolean {
  const longest = schema.value?.fields.find(({ name }) => name === "points")?.longest;
  return longest === undefined || points.length < longest;
}

/** Add a point, and say which one it is; −1 if there is no room. */
export function addPoint(x1: number, x2: number, y: number): number {
  const points = ownPoints();
  if (!points || !roomFor(points)) return -1;
  replace([...points, [round(x1), round(x2), y]]);
  return points.length;
}

export function movePoint(index: number, x1: number, x2: number): void {
  replace((ownPoints() ?? []).map((point, i) => (i === index ? [round(x1), round(x2), point[2]] : point)));
}

export function deletePoint(index: number): void {
  replace((ownPoints() ?? []).filter((_, i) => i !== index));
}

/** The sample next to a place, if one is within `reach`; distances as `between` measures them. */
export function nearest<S>(samples: readonly S[], between: (sample: S) => number, reach: number): number {
  let found = -1;
  let least = reach;
  samples.forEach((sample, index) => {
    const distance = between(sample);
    if (distance <= least) [found, least] = [index, distance];
  });
  return found;
}
