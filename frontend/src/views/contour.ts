/** Lines along which a surface has one value, by marching squares. */

/** Segments [x, y, x, y, ...] in units of cells, of values (side, side) of one column of `columns`.
 *
 * Each square of four neighbours is crossed at most twice; where its corners alternate, their mean decides which pair
 * belongs together. A square with a value that is no number has no line. */
export function contour(values: Float64Array, side: number, level: number, columns = 1, column = 0): number[] {
  const lines: number[] = [];
  const at = (i: number, j: number) => values[(i * side + j) * columns + column]! - level;
  for (let i = 0; i + 1 < side; i++) {
    for (let j = 0; j + 1 < side; j++) {
      const a = at(i, j);
      const b = at(i, j + 1);
      const c = at(i + 1, j + 1);
      const d = at(i + 1, j);
      const above = (a > 0 ? 1 : 0) + (b > 0 ? 2 : 0) + (c > 0 ? 4 : 0) + (d > 0 ? 8 : 0);
      if (above === 0 || above === 15 || !Number.isFinite(a + b + c + d)) continue;
      const top: Point = [j + a / (a - b), i];
      const right: Point = [j + 1, i + b / (b - c)];
      const bottom: Point = [j + d / (d - c), i + 1];
      const left: Point = [j, i + a / (a - d)];
      const add = (from: Point, to: Point) => lines.push(...from, ...to);
      const joined = a + b + c + d > 0;
      if (above === 1 || above === 14) add(left, top);
      else if (above === 2 || above === 13) add(top, right);
      else if (above === 4 || above === 11) add(right, bottom);
      else if (above === 8 || above === 7) add(bottom, left);
      else if (above === 3 || above === 12) add(left, right);
      else if (above === 6 || above === 9) add(top, bottom);
      else if ((above === 5) === joined) {
        add(top, right);
        add(bottom, left);
      } else {
        add(left, top);
        add(right, bottom);
      }
    }
  }
  return lines;
}

type Point = [x: number, y: number];
