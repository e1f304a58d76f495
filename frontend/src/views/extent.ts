/** From where to where a vertical axis goes. */
import type { Line } from "./chart";

/** How far a ghost may stretch the axis: by this many times the present run's own. */
const STRETCH = { log: 1000, linear: 3 };

/** The vertical axis's ends: those of the present run's lines, and of ghosts as far as they are near. Of a logarithmic
 * axis they are exponents of ten. */
export function extent(lines: readonly Line[], log: boolean): [number, number] {
  const ends = (of: readonly Line[]) => {
    let [least, most] = [Infinity, -Infinity];
    for (const { y } of of) {
      for (const value of y) {
        if (!Number.isFinite(value) || (log && value <= 0)) continue;
        least = Math.min(least, value);
        most = Math.max(most, value);
      }
    }
    return [least, most] as const;
  };
  const own = ends(lines.filter(({ ghost }) => !ghost));
  const ghosts = ends(lines.filter(({ ghost }) => ghost));
  let [least, most] = own[0] <= own[1] ? own : ghosts;
  if (least > most) return log ? [-1, 0] : [0, 1];
  if (log) {
    least = Math.max(Math.min(least, ghosts[0]), least / STRETCH.log, Number.MIN_VALUE);
    most = Math.min(Math.max(most, ghosts[1]), most * STRETCH.log, Number.MAX_VALUE);
    const low = Math.floor(Math.log10(least) + 1e-9);
    return [low, Math.max(low + 1, Math.ceil(Math.log10(most) - 1e-9))];
  }
  const far = Math.max(Math.abs(least), Math.abs(most)) * STRETCH.linear;
  least = Math.max(Math.min(least, ghosts[0]), -far);
  most = Math.min(Math.max(most, ghosts[1]), far);
  const pad = 0.05 * (most - least || 1);
  return [least - pad, most + pad];
}
