/** Changing the settings, so that what depends on what was changed goes along with it. */
import type { Settings } from "./contract";
import { completed } from "./state";
import { schema, settings } from "./store";

/** Fields that decide how many weights there are and what they mean. */
const structure = ["features", "hidden", "normalization"];
/** Fields that decide with which weights a run begins. */
const beginning = ["seed", "initializer"];

/** Take these values into the settings: an optimizer brings its own parameters, a new shape of the network drops the
 * weights that were meant for the old one, and other data are free to bring the loss that suits them. */
export function change(values: Partial<Settings>): void {
  const before = settings.value;
  const fields = schema.value?.fields;
  if (!before || !fields) return;
  const next: Record<string, unknown> = { ...before, ...values };
  for (const { name, of } of fields) if (of && of in values && !(name in values)) delete next[name];
  if (structure.some((name) => name in values) || outputs(before, next))
    Object.assign(next, { edits: [], parameters: [] });
  if (beginning.some((name) => name in values)) next.parameters = [];
  if ("epochs" in values) next.edits = before.edits.filter(([epoch]) => epoch <= (values.epochs as number));
  if ("data" in values && !("loss" in values)) Object.assign(next, { loss: "auto", output: "auto" });
  settings.value = completed(fields, next).settings;
}

/** Whether the number of the network's outputs may have changed: it goes with the data's task and classes. */
function outputs(before: Settings, next: Record<string, unknown>): boolean {
  return (["data", "classes", "own_task"] as const).some((name) => before[name] !== next[name]);
}

/** Begin from these settings, with defaults for everything they do not say. */
export function begin(given: Partial<Settings>): void {
  const fields = schema.value?.fields;
  if (fields) settings.value = completed(fields, given as Record<string, unknown>).settings;
}
