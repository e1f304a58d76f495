/** What the plane says in words: to screen readers, and at the place that is pointed at. */
import type { Block } from "../network/elementary";
import { moment, recording, selection } from "../store";
import { say } from "../words";
import type { Sample } from "./plane_picture";
import { chosenUnit } from "./shading";
import { classOf, middle, start, surface } from "./surface";
import { written } from "./ticks";

/** A class's name: its own, or its number. */
export function className(kind: number): string {
  return start.value?.class_names[kind] || say("views.class", { number: kind });
}

/** The picture in a sentence. */
export function summary(n: number, epoch: number): string {
  const run = recording.value;
  if (!run || moment.value < 0) return say("views.plane_empty");
  const at = (name: string) => run.moments[name]?.values[moment.value] ?? NaN;
  const unit = surface.value && chosenUnit(selection.value, surface.value);
  if (unit) return say("views.plane_of_unit", { layer: unit.layer, unit: unit.unit + 1, epoch });
  const accuracy = at("accuracy");
  const key = Number.isNaN(accuracy) ? "views.plane_fits" : "views.plane_separates";
  return say(key, { epoch, n, percent: written(100 * accuracy), loss: written(at("loss")) });
}

/** What the network says at a point, and which sample is there. */
export function describePoint(at: readonly [number, number] | null, layers: Block[] | null, near: number, sample: Sample | undefined): string {
  const parts = [];
  if (at) parts.push(say("views.plane_at", { x1: written(at[0]), x2: written(at[1]) }));
  if (at && layers && surface.value) parts.push(outputAt(layers));
  if (sample) {
    const what = start.value?.task === "regression" ? written(sample.y) : className(sample.kind);
    parts.push(say(sample.validation ? "views.plane_held" : "views.plane_sample", { number: near + 1, what }));
  }
  return parts.join(" · ") || say("views.plane_hint");
}

function outputAt(layers: Block[]): string {
  const of = start.value!;
  const unit = chosenUnit(selection.value, surface.value!);
  if (unit) {
    return say("views.plane_unit_value", { layer: unit.layer, unit: unit.unit + 1, value: written(layers[unit.layer]!.values[unit.unit]!) });
  }
  const outputs = layers.at(-1)!;
  const best = classOf(of, outputs, 0);
  const value = outputs.values[0]!;
  if (of.task === "regression") return say("views.plane_value", { value: written(value) });
  const name = className(best);
  if (outputs.columns > 1) return say("views.plane_class", { name, percent: written(100 * outputs.values[best]!) });
  if (middle(of) !== 0.5) return say("views.plane_score", { name, value: written(value) });
  return say("views.plane_class", { name, percent: written(100 * (best ? value : 1 - value)) });
}
