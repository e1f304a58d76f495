/** How the page shows a run: options of the reader's, none of which changes a number. Each is declared once, here. */
import { type Signal, signal } from "@preact/signals-core";
import { type Language, language, languages } from "./words";

export const themes = ["auto", "light", "dark"] as const;
export const notations = ["standard", "report"] as const;
export const axes = ["log", "linear"] as const;
/** Panels that can be hidden, by the name in their id. */
export const panels = [
  "stories",
  "controls",
  "plane",
  "timeline",
  "curves",
  "words",
  "drawing",
  "gradients",
  "histograms",
  "inside",
  "compare",
  "seeds",
  "take",
] as const;
export type Panel = (typeof panels)[number];

export const view = {
  language,
  theme: signal<(typeof themes)[number]>("auto"),
  /** Large type for a projector. */
  lecture: signal(false),
  hide: signal<readonly Panel[]>([]),
  notation: signal<(typeof notations)[number]>("standard"),
  /** The axes of the curves. */
  epochs: signal<(typeof axes)[number]>("log"),
  losses: signal<(typeof axes)[number]>("log"),
  /** The epoch that the time cursor stands at; null is the last one. */
  epoch: signal<number | null>(null),
};

/** The first language of the reader's that the page speaks. Any Chinese is closer to ours than English is. */
export function spoken(preferred: readonly string[]): Language {
  for (const each of preferred) {
    if (/^zh\b/i.test(each)) return "zh-Hant";
    if (/^en\b/i.test(each)) return "en";
  }
  return "en";
}

const readers = spoken(typeof navigator === "undefined" ? [] : (navigator.languages ?? []));

/** An option as the address has it. */
interface Option {
  name: string;
  /** What the address says of it; null if it is what it is by default. */
  written(): string | null;
  /** Set it to what this text says, or to the default; false if the text says nothing it could be. */
  set(text: string | undefined): boolean;
}

function option<T>(
  name: string,
  of: Signal<T>,
  first: T,
  write: (value: T) => string,
  read: (text: string) => T | undefined,
): Option {
  return {
    name,
    written: () => (write(of.value) === write(first) ? null : write(of.value)),
    set(text) {
      const value = text === undefined ? first : read(text);
      of.value = value ?? first;
      return value !== undefined;
    },
  };
}

function choice<T extends string>(name: string, of: Signal<T>, values: readonly T[], first: T): Option {
  return option(
    name,
    of,
    first,
    (value) => value,
    (text) => values.find((each) => each === text),
  );
}

const chosenPanels = (text: string) => panels.filter((each) => text.split(",").includes(each));

const options: Option[] = [
  choice("language", view.language, Object.keys(languages) as Language[], readers),
  choice("theme", view.theme, themes, "auto"),
  option(
    "lecture",
    view.lecture,
    false,
    (value) => (value ? "on" : "off"),
    (text) => (["on", "off"].includes(text) ? text === "on" : undefined),
  ),
  option<readonly Panel[]>(
    "hide",
    view.hide,
    [],
    (value) => value.join(),
    (text) => (chosenPanels(text).length ? chosenPanels(text) : undefined),
  ),
  choice("notation", view.notation, notations, "standard"),
  choice("epoch_axis", view.epochs, axes, "log"),
  choice("loss_axis", view.losses, axes, "log"),
  option<number | null>("epoch", view.epoch, null, String, (text) =>
    /^\d{1,9}$/.test(text) ? Number(text) : undefined,
  ),
];

export const optionNames: ReadonlySet<string> = new Set(options.map((each) => each.name));

/** What of the view differs from the default, as the address says it: [name, text] each. */
export function viewToHash(): [string, string][] {
  return options.flatMap(({ name, written }) => {
    const text = written();
    return text === null ? [] : [[name, text] as [string, string]];
  });
}

/** Set every option to what the address says, or else to its default; returns the names that could not be understood. */
export function viewFromHash(entries: Iterable<readonly [string, string]>): string[] {
  const said = new Map(entries);
  return options.filter(({ name, set }) => !set(said.get(name))).map(({ name }) => name);
}
