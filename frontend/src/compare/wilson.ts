/** Wilson's score interval of a share (Wilson 1927), as `experiments/intervals.py` has it:
 *   (k + z²/2 ± z √(k (n − k) / n + z²/4)) / (n + z²),  z = 1.96 for 95 %. */
const Z = 1.959963984540054;

export function wilson(successes: number, n: number): [low: number, high: number] {
  const middle = successes + (Z * Z) / 2;
  const half = Z * Math.sqrt((successes * (n - successes)) / n + (Z * Z) / 4);
  return [Math.max(0, (middle - half) / (n + Z * Z)), Math.min(1, (middle + half) / (n + Z * Z))];
}
