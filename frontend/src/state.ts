/** The settings of a run, by the fields that Python declares: what is missing is filled in, what is wrong is left out,
 * and an address says what differs from the defaults and nothing else. Nothing here knows of a page. */
import type { Field, Settings } from "./contract";
import { kindOf } from "./kinds";

type Values = Record<string, unknown>;
type Entries = Iterable<readonly [string, string]>;

/** The parameters that a "settings" field has with this choice. */
export function parametersOf(field: Field, settings: Values): Field[] {
  const choice = settings[field.of!] as string;
  const parameters = field.parameters!;
  return Object.hasOwn(parameters, choice) ? parameters[choice]! : [];
}

/** What a field is before anyone touches it: of a "settings" field, with the choice made in these settings. */
export function defaultOf(field: Field, settings: Values, fields: Field[]): unknown {
  if (field.kind !== "settings") return field.default;
  const usual = fields.find(({ name }) => name === field.of)?.default === settings[field.of!];
  const own = usual ? (field.default as Values | null) : null;
  return Object.fromEntries(parametersOf(field, settings).map((each) => [each.name, own?.[each.name] ?? each.default]));
}

/** Settings with every field: those given where they are right, the defaults elsewhere; and the names of the wrong ones. */
export function completed(fields: Field[], given: Values): { settings: Settings; ignored: string[] } {
  const settings: Values = {};
  const ignored = Object.keys(given).filter((name) => !fields.some((field) => field.name === name));
  const take = (field: Field, value: unknown, otherwise: unknown, name: string): unknown => {
    if (value === undefined) return otherwise;
    const taken = kindOf(field).taken(value, field);
    if (!same(taken, value)) ignored.push(name);
    return taken === undefined ? otherwise : taken;
  };
  // A dictionary depends on its choice, so it comes after.
  for (const field of [...fields].sort((a, b) => Number(a.kind === "settings") - Number(b.kind === "settings"))) {
    const value = Object.hasOwn(given, field.name) ? given[field.name] : undefined;
    const otherwise = defaultOf(field, settings, fields);
    if (field.kind !== "settings") {
      settings[field.name] = take(field, value, otherwise, field.name);
      continue;
    }
    const values = (value ?? {}) as Values;
    const parameters = parametersOf(field, settings);
    const taken = { ...(otherwise as Values) };
    for (const each of parameters) {
      if (Object.hasOwn(values, each.name))
        taken[each.name] = take(each, values[each.name], taken[each.name], each.name);
    }
    ignored.push(...Object.keys(values).filter((name) => !Object.hasOwn(taken, name)));
    settings[field.name] = taken;
  }
  // The fields' own order, so that equal settings are equal as text.
  const ordered = Object.fromEntries(fields.map(({ name }) => [name, settings[name]]));
  return { settings: withActivations(ordered as unknown as Settings), ignored };
}

/** One activation for each hidden layer: a new layer has the last one's. */
export function withActivations(settings: Settings): Settings {
  const { hidden, activations } = settings;
  if (!hidden || !activations || activations.length === hidden.length) return settings;
  const last = activations.at(-1) ?? "sigmoid";
  return { ...settings, activations: hidden.map((_, layer) => activations[layer] ?? last) };
}

export function same(a: unknown, b: unknown): boolean {
  return Object.is(a, b) || JSON.stringify(a) === JSON.stringify(b);
}

/** Each thing that an address can say: a field, or one parameter of a "settings" field under its bare name. */
interface Place {
  key: string;
  field: Field;
  /** The "settings" field it is a parameter of. */
  of?: Field;
}

/** Every place with these choices. A parameter whose bare name is also another field's is written "field.parameter". */
function places(fields: Field[], settings: Values): Place[] {
  const plain = fields.filter(({ kind }) => kind !== "settings");
  const names = (field: Field) =>
    new Set(
      Object.values(field.parameters ?? {})
        .flat()
        .map(({ name }) => name),
    );
  const dictionaries = fields.filter(({ kind }) => kind === "settings");
  const taken = (name: string, of: Field) =>
    fields.some((each) => each.name === name) || dictionaries.some((each) => each !== of && names(each).has(name));
  return [
    ...plain.map((field) => ({ key: field.name, field })),
    ...dictionaries.flatMap((of) =>
      parametersOf(of, settings).map((field) => {
        return { key: taken(field.name, of) ? `${of.name}.${field.name}` : field.name, field, of };
      }),
    ),
  ];
}

/** What differs from the defaults, as an address says it: [name, text] each. */
export function toEntries(fields: Field[], settings: Settings): [string, string][] {
  const all = settings as unknown as Values;
  const first: Values = Object.fromEntries(fields.map((each) => [each.name, each.default]));
  // So that "hidden=8,8,8" need not say three times that all is sigmoid.
  first.activations = withActivations({ ...settings, activations: first.activations as string[] }).activations;
  return places(fields, all).flatMap(({ key, field, of }) => {
    const home = of ? (all[of.name] as Values) : all;
    const usual = of ? (defaultOf(of, all, fields) as Values)[field.name] : first[field.name];
    const written = kindOf(field).written(home[field.name]);
    return written === kindOf(field).written(usual) ? [] : [[key, written] as [string, string]];
  });
}

/** The settings of an address; what is unknown or broken in it is named in `ignored` and otherwise left alone. */
export function fromEntries(fields: Field[], entries: Entries): { settings: Settings; ignored: string[] } {
  const said = new Map(entries);
  const given: Values = {};
  const ignored: string[] = [];
  const take = (all: Place[]) => {
    for (const { key, field, of } of all) {
      const text = said.get(key);
      if (text === undefined) continue;
      said.delete(key);
      const value = read(field, text);
      if (value === undefined) ignored.push(key);
      else if (of) given[of.name] = { ...(given[of.name] as Values), [field.name]: value };
      else given[field.name] = value;
    }
  };
  take(places(fields, {}));
  take(places(fields, completed(fields, given).settings as unknown as Values));
  const { settings, ignored: wrong } = completed(fields, given);
  return { settings, ignored: [...ignored, ...wrong, ...said.keys()] };
}

function read(field: Field, text: string): unknown {
  try {
    return kindOf(field).read(text, field);
  } catch {
    return undefined; // a broken escape or base64
  }
}

/** "a=1&b=2" as entries, in order; without its "#". */
export function entriesOf(hash: string): [string, string][] {
  const parts = hash.replace(/^#/, "").split("&").filter(Boolean);
  return parts.map((part) => {
    const at = part.indexOf("=");
    return at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
  });
}

export function toHash(fields: Field[], settings: Settings): string {
  return textOf(toEntries(fields, settings));
}

export function fromHash(fields: Field[], hash: string): { settings: Settings; ignored: string[] } {
  return fromEntries(fields, entriesOf(hash));
}

export function textOf(entries: [string, string][]): string {
  return entries.map(([name, text]) => `${name}=${text}`).join("&");
}
