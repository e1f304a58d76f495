/** Sliders' scale: from places 0 to 1000 to values and back, geometric where the field says so. */
import type { Field } from "../contract";

export const PLACES = 1000;
/** How many powers of ten a geometric slider has below its end if its field begins at 0. */
const DECADES = 6;

/** Where the geometric part begins; what lies under it, if anything does, is the field's 0 at place 0. */
function lowest({ least = 0, most = 1 }: Field): number {
  return least > 0 ? least : most / 10 ** DECADES;
}

export function placeOf(value: number, field: Field): number {
  const { least = 0, most = 1, logarithmic } = field;
  if (!logarithmic) return (PLACES * (value - least)) / (most - least);
  const low = lowest(field);
  if (value < low) return 0;
  return (PLACES * Math.log(value / low)) / Math.log(most / low);
}

/** The value at a place, rounded to what a hand can mean: two digits, or a step of the slider. */
export function valueAt(place: number, field: Field): number {
  const { least = 0, most = 1, logarithmic, kind } = field;
  let value: number;
  if (!logarithmic) value = rounded(least + (place / PLACES) * (most - least), (most - least) / 100);
  else if (place <= 0) value = least;
  else value = Number((lowest(field) * (most / lowest(field)) ** (place / PLACES)).toPrecision(2));
  if (kind === "integer") value = Math.round(value);
  return Math.min(Math.max(value, least), most);
}

/** To a multiple of a step of 1, 2 or 5 times a power of ten that is not above `coarsest`. */
function rounded(value: number, coarsest: number): number {
  const power = 10 ** Math.floor(Math.log10(coarsest));
  const step = ([5, 2, 1].find((each) => each * power <= coarsest * 1.000001) ?? 1) * power;
  return Number((Math.round(value / step) * step).toPrecision(12));
}
