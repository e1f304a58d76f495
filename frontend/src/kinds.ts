/** Each kind of field: which values it takes, and how the address writes them. A value it refuses is undefined. */
import type { Field } from "./contract";

export interface Kind<T = unknown> {
  /** The value, brought within the field's bounds; undefined if it is none of this kind. */
  taken(value: unknown, field: Field): T | undefined;
  written(value: T): string;
  /** What was written, before its bounds are looked at. */
  read(text: string, field: Field): unknown;
}

/** The shortest text that is this number again (−0 included). */
const digits = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));
/** A number as people write it; NaN for anything else (an empty text and "Infinity" too). */
const number = (text: string): number => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN);

/** A text without what separates items and entries, still readable. */
export const quoted = (text: string): string => encodeURIComponent(text).replaceAll("%20", "+");
export const unquoted = (text: string): string => decodeURIComponent(text.replaceAll("+", "%20"));

const items = (text: string): string[] => (text === "" ? [] : text.split(","));

export function clamped(value: number, { least = -Infinity, most = Infinity }: Field): number {
  return Math.min(Math.max(value, least), most);
}

const numberKind: Kind<number> = {
  taken: (value, field) => (typeof value === "number" && Number.isFinite(value) ? clamped(value, field) : undefined),
  written: digits,
  read: number,
};

const integerKind: Kind<number> = {
  ...numberKind,
  taken: (value, field) => (Number.isSafeInteger(value) ? clamped(value as number, field) : undefined),
};

const switchKind: Kind<boolean> = {
  taken: (value) => (typeof value === "boolean" ? value : undefined),
  written: (value) => (value ? "yes" : "no"),
  read: (text) => ({ yes: true, no: false })[text],
};

const choiceKind: Kind<string> = {
  taken: (value, { options = [] }) => options.find((each) => each === value),
  written: quoted,
  read: unquoted,
};

const choicesKind: Kind<string[]> = {
  taken(value, { options = [], fewest = 0 }) {
    if (!Array.isArray(value)) return undefined;
    const known = [...new Set(value as unknown[])].filter((each): each is string => options.includes(each as string));
    return known.length < fewest || (value.length > 0 && known.length === 0) ? undefined : known;
  },
  written: (value) => value.map(quoted).join(),
  read: (text) => items(text).map(unquoted),
};

/** Whether the items of a list are numbers; if not, they are names. */
function ofNumbers({ options, least, most }: Field): boolean {
  return !options && (least !== undefined || most !== undefined);
}

/** An empty name in a list, which as nothing would be no name at all; a name that is "@" is written otherwise. */
const EMPTY = "@";

const listKind: Kind<(number | string)[]> = {
  taken(value, field) {
    if (!Array.isArray(value)) return undefined;
    const { fewest = 0, longest = Infinity, options } = field;
    const taken = (value as unknown[]).slice(0, longest).map((each) => {
      if (ofNumbers(field)) return integerKind.taken(each, field);
      return typeof each === "string" && (!options || options.includes(each)) ? each : undefined;
    });
    return taken.length < fewest || taken.includes(undefined) ? undefined : (taken as (number | string)[]);
  },
  written: (value) => value.map((each) => (each === "" ? EMPTY : quoted(String(each)))).join(),
  read: (text, field) =>
    items(text).map((each) => (ofNumbers(field) ? number(each) : each === EMPTY ? "" : unquoted(each))),
};

/** Rows of three numbers: "0.5,1,0;-1,2,1". */
const triplesKind: Kind<[number, number, number][]> = {
  taken(value, field) {
    if (!Array.isArray(value)) return undefined;
    const rows = value.slice(0, field.longest) as number[][];
    const right = rows.every((row) => Array.isArray(row) && row.length === 3 && row.every(Number.isFinite));
    return right ? rows.map((row) => row.map((each) => clamped(each, field)) as [number, number, number]) : undefined;
  },
  written: (value) => value.map((row) => row.map(digits).join()).join(";"),
  read: (text) => (text === "" ? [] : text.split(";").map((row) => row.split(",").map(number))),
};

/** Of these rows the first two say where: an epoch, and a place in θ. */
const editsKind: Kind<[number, number, number][]> = {
  ...triplesKind,
  taken(value, field) {
    const rows = triplesKind.taken(value, field);
    const places = rows?.every(
      ([epoch, place]) => Number.isInteger(epoch) && Number.isInteger(place) && epoch >= 0 && place >= 0,
    );
    return places ? rows : undefined;
  },
};

/** Many numbers to the last bit: the eight bytes of each, lowest first, in the address's base64. */
const numbersKind: Kind<number[]> = {
  taken(value, { longest = Infinity }) {
    return Array.isArray(value) && value.length <= longest && value.every(Number.isFinite) ? value : undefined;
  },
  written(value) {
    const bytes = new DataView(new ArrayBuffer(8 * value.length));
    value.forEach((each, index) => bytes.setFloat64(8 * index, each, true));
    let text = "";
    for (let index = 0; index < bytes.byteLength; index++) text += String.fromCharCode(bytes.getUint8(index));
    return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  },
  read(text) {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
    if (bytes.length % 8 !== 0) return undefined;
    const data = new DataView(bytes.buffer);
    return Array.from({ length: bytes.length / 8 }, (_, index) => data.getFloat64(8 * index, true));
  },
};

/** A few numbers: "0.1,0.01". */
const valuesKind: Kind<number[]> = {
  taken(value, field) {
    if (!Array.isArray(value) || value.length < (field.fewest ?? 0)) return undefined;
    const few = value.slice(0, field.longest);
    return few.every(Number.isFinite) ? few.map((each: number) => clamped(each, field)) : undefined;
  },
  written: (value) => value.map(digits).join(),
  read: (text) => items(text).map(number),
};

/** A number, or null where it is left out: "off". */
function orNull(kind: Kind): Kind {
  return {
    taken: (value, field) => (value === null ? null : kind.taken(value, field)),
    written: (value) => (value === null ? "off" : kind.written(value)),
    read: (text, field) => (text === "off" ? null : kind.read(text, field)),
  };
}

/** Of every kind but "settings", whose entries are fields of their own. */
const kinds: Record<Exclude<Field["kind"], "settings">, Kind<any>> = {
  choice: choiceKind,
  choices: choicesKind,
  integer: integerKind,
  number: numberKind,
  list: listKind,
  points: triplesKind,
  edits: editsKind,
  values: valuesKind,
  numbers: numbersKind,
  switch: switchKind,
};

export function kindOf({ kind, first }: Field): Kind {
  const found = kinds[kind as keyof typeof kinds];
  return first === undefined ? found : orNull(found);
}
