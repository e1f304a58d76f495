/** How often values fall into each of equal parts of a range. */

/** Counts of one column's values on the chosen rows, or of all columns if it is null; what is no number is left out. */
export function counted(values: Float64Array, columns: number, rows: readonly number[], [least, most]: readonly [number, number], parts: number): number[] {
  const counts = new Array<number>(parts).fill(0);
  const scale = parts / (most - least);
  for (const row of rows) {
    for (let i = row * columns; i < (row + 1) * columns; i++) {
      const value = values[i]!;
      if (Number.isFinite(value)) counts[Math.max(0, Math.min(parts - 1, Math.floor((value - least) * scale)))]!++;
    }
  }
  return counts;
}
