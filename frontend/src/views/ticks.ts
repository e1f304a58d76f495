/** Round numbers along an axis, and how numbers are written on it. */

/** About `count` multiples of 1, 2 or 5 times a power of ten between two numbers. */
export function ticks(from: number, to: number, count: number): number[] {
  const rough = (to - from) / Math.max(1, count);
  if (!(rough > 0) || !Number.isFinite(rough)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((each) => each * power >= rough * 0.999)! * power;
  const found = [];
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to + step * 1e-9; i++) found.push(i * step);
  return found;
}

/** Whole numbers between two, at most `most` of them, evenly apart: the exponents of a logarithmic axis. */
export function exponents(from: number, to: number, most: number): number[] {
  const first = Math.ceil(from - 1e-9);
  const last = Math.floor(to + 1e-9);
  const step = Math.max(1, Math.ceil((last - first + 1) / most));
  const found = [];
  for (let i = Math.ceil(first / step); i * step <= last; i++) found.push(i * step || 0); // no −0
  return found;
}

/** A number with as many digits as a label has room for: 0.25, −3, 1.2×10⁻⁷. */
export function written(value: number, digits = 3): string {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return value !== value ? "NaN" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const text = size >= 1e-3 && size < 1e5 ? String(Number(value.toPrecision(digits))) : value.toExponential(Math.max(0, digits - 2));
  return text.replace(/e[+]?(-?\d+)/, (_, exponent: string) => `×10${raised(exponent)}`).replace("-", "−");
}

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

const raised = (exponent: string) => exponent.replace("-", "⁻").replace(/\d/g, (digit) => superscripts[Number(digit)]!);

/** A power of ten as people write it: 10⁻³. Between 0.01 and 10,000 as it is. */
export function power(exponent: number): string {
  return exponent >= -2 && exponent <= 4 ? written(Number(`1e${exponent}`)) : `10${raised(String(exponent))}`;
}
