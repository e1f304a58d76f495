/** The page's colours as numbers, read from its custom properties once per change of theme. */
import { computed, effect, signal } from "@preact/signals-core";
import { oddsRamp } from "./shading";

export type Colour = readonly [red: number, green: number, blue: number];

export interface Colours {
  ink: string;
  soft: string;
  line: string;
  card: string;
  accent: string;
  classes: string[];
  /** From low (t = 0) by the card's colour to high (t = 1), as 256 pixels: blue to orange, whatever the vision. */
  ramp: Uint32Array;
  /** The same over log-odds. */
  odds: Uint32Array;
  /** One for each class: from nothing to the class's colour. */
  washes: Uint32Array[];
  /** The size of small type in pixels. */
  type: number;
}

/** Classes that have a colour and a shape of their own. */
export const CLASSES = 6;
/** How much of a class's colour the surface takes, so that points of that colour stand out on it. */
const DEPTH = 0.62;

/** Whose custom properties they are: the document's, or those of the root that a notebook keeps the page in. */
export const source = signal<Element | null>(typeof document === "undefined" ? null : document.documentElement);

const theme = signal(0);
if (typeof document !== "undefined") {
  const changed = () => (theme.value = theme.peek() + 1);
  const attributeFilter = ["data-theme", "data-lecture", "class"];
  const watched = new MutationObserver(changed);
  effect(() => {
    watched.disconnect();
    watched.observe(source.value!, { attributes: true, attributeFilter });
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  addEventListener("load", changed); // style sheets may come after the first drawing
}

export const colours = computed<Colours>(() => {
  void theme.value;
  const style = getComputedStyle(source.value!);
  const property = (name: string) => style.getPropertyValue(`--${name}`).trim() || "#888888";
  const classes = Array.from({ length: CLASSES }, (_, k) => property(`class-${k}`)).map(whole);
  const card = parsed(whole(property("card")));
  const low = mixed(card, parsed(classes[0]!), DEPTH);
  const high = mixed(card, parsed(classes[1]!), DEPTH);
  const ramp = shades((t) => (t < 0.5 ? mixed(low, card, 2 * t) : mixed(card, high, 2 * t - 1)));
  return {
    ink: property("ink"),
    soft: property("soft"),
    line: property("line"),
    card: property("card"),
    accent: property("accent"),
    classes,
    ramp,
    odds: oddsRamp(ramp),
    washes: classes.map((each) => shades((t) => mixed(card, parsed(each), DEPTH * t))),
    type: 0.8 * parseFloat(style.fontSize || "15"),
  };
});

/** Any of CSS's ways to write an opaque colour, as "#rrggbb". */
function whole(colour: string): string {
  const context = document.createElement("canvas").getContext("2d")!;
  context.fillStyle = colour;
  return context.fillStyle;
}

/** How wide the widest of these is in small type. */
export function textWidth(labels: readonly string[], size: number): number {
  const context = document.createElement("canvas").getContext("2d")!;
  context.font = `${size}px system-ui, sans-serif`;
  return Math.ceil(Math.max(0, ...labels.map((label) => context.measureText(label).width)));
}

/** A colour "#rrggbb" as three numbers from 0 to 255. */
export function parsed(hex: string): Colour {
  const number = Number.parseInt(hex.slice(1), 16);
  return [(number >> 16) & 255, (number >> 8) & 255, number & 255];
}

/** From a (share 0) to b (share 1). */
export function mixed(a: Colour, b: Colour, share: number): Colour {
  const one = (i: 0 | 1 | 2) => Math.round(a[i] + (b[i] - a[i]) * share);
  return [one(0), one(1), one(2)];
}

/** 256 opaque pixels of a little-endian image, for t from 0 to 1. */
function shades(of: (t: number) => Colour): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, i) => {
    const [red, green, blue] = of(i / 255);
    return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  });
}
