/** Sliders' scale: from places 0 to 1000 to values and back, geometric where the field says so. */
import type { Field } from "../contract";

export const PLACES = 1000;
/** How many powers of ten a geometric slider has below its end if its field begins at 0. */
const DECADES = 6;

/** The geometric part: its lowest value and place. If the field begins at 0, place 0 is for that. */
function begin({ least = 0, most = 1 }: Field): { low: number; first: number } {
  return least > 0 ? { low: least, first: 0 } : { low: most / 10 ** DECADES, first: 1 };
}

export function placeOf(value: number, field: Field): number {
  const { least = 0, most = 1, logarithmic } = field;
  if (!logarithmic) return (PLACES * (value - least)) / (most - least);
  const { low, first } = begin(field);
  return value < low ? 0 : first + ((PLACES - first) * Math.log(value / low)) / Math.log(most / low);
}

/** The value at a place, rounded to what a hand can mean: two digits, or a hundredth of the range. */
export function valueAt(place: number, field: Field): number {
  const { least = 0, most = 1, logarithmic, kind } = field;
  const { low, first } = begin(field);
  let value: number;
  if (!logarithmic) value = stepped(least + (place / PLACES) * (most - least), (most - least) / 100);
  else if (place < first) value = least;
  else value = Number((low * (most / low) ** ((place - first) / (PLACES - first))).toPrecision(2));
  if (kind === "integer") value = Math.round(value);
  return Math.min(Math.max(value, least), most);
}

/** To a multiple of a step of 1, 2 or 5 times a power of ten that is not above `coarsest`. */
function stepped(value: number, coarsest: number): number {
  const power = 10 ** Math.floor(Math.log10(coarsest));
  const step = ([5, 2, 1].find((each) => each * power <= coarsest * 1.000001) ?? 1) * power;
  return Number((Math.round(value / step) * step).toPrecision(12));
}
