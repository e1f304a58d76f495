/** In which settings runs differ: rows of a table, one for each setting that is not the same in all. */
import type { Settings } from "../contract";

export interface Difference {
  /** The field, or the parameter of a dictionary such as optimizer_settings. */
  name: string;
  values: unknown[];
}

/** Every setting that two of these runs do not share, dictionaries taken apart; undefined where a run has none. */
export function differences(all: Settings[]): Difference[] {
  const flat = all.map(flattened);
  const names = [...new Set(flat.flatMap((each) => [...each.keys()]))];
  return names
    .map((name) => ({ name, values: flat.map((each) => each.get(name)) }))
    .filter(({ values }) => new Set(values.map((value) => JSON.stringify(value))).size > 1);
}

function flattened(settings: Settings): Map<string, unknown> {
  const flat = new Map<string, unknown>();
  for (const [name, value] of Object.entries(settings)) {
    if (value && typeof value === "object" && !Array.isArray(value)) {
      for (const [each, one] of Object.entries(value)) flat.set(each, one);
    } else {
      flat.set(name, value);
    }
  }
  return flat;
}
