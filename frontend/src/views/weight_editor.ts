/** A small form that changes one weight by hand, and the list of such changes. */
import { effect, signal } from "@preact/signals-core";
import { html, nothing, render } from "lit-html";
import { engine } from "../engine";
import { epoch, numbers, settings } from "../store";
import { say } from "../words";
import { type Edit, placeOf, type Weight, weightAt, withEdit } from "./edits";
import { onFrame } from "./frame";
import { start } from "./surface";
import { written } from "./ticks";

/** What the form is about. */
export const edited = signal<Weight>({ layer: 1, from: 0, to: 0 });
/** Counts up at each wish to edit, so that the form opens. */
const wished = signal(0);

/** Open the form for a weight. */
export function editWeight(weight: Weight): void {
  edited.value = weight;
  wished.value++;
}

/** A unit's name: a feature's, or its number. */
export function unitName(layer: number, unit: number): string {
  const feature = layer === 0 ? start.value?.features[unit]?.name : undefined;
  return feature ? featureName(feature) : say("views.unit", { unit: unit + 1 });
}

/** A feature as it is written: x₁². One that there are no words for keeps its name. */
export function featureName(name: string): string {
  return say(`views.feature_${name}`).replace(/^feature_/, "");
}

export function weightName({ layer, from, to }: Weight): string {
  const values = { layer, to: to + 1, from: from === null ? "" : unitName(layer - 1, from) };
  return say(from === null ? "views.bias_name" : "views.weight_name", values);
}

export function mountWeightEditor(root: HTMLElement): () => void {
  const stops = [
    onFrame(root, () => void render(content(), root)),
    effect(() => {
      if (wished.value === 0) return;
      requestAnimationFrame(() => {
        const details = root.querySelector("details");
        if (details) details.open = true;
        root.querySelector<HTMLInputElement>("#edit-value")?.select();
      });
    }),
  ];
  return () => {
    for (const stop of stops) stop();
    render(nothing, root);
  };
}

/** The weight of the form, kept inside a network that may have become smaller. */
function within(): Weight | null {
  const layers = start.value?.layers;
  if (!layers?.length) return null;
  const layer = Math.min(edited.value.layer, layers.length);
  const { fan_in, fan_out } = layers[layer - 1]!;
  const { from, to } = edited.value;
  return { layer, from: from === null ? null : Math.min(from, fan_in - 1), to: Math.min(to, fan_out - 1) };
}

function content() {
  const of = start.value;
  const weight = within();
  if (!of || !weight || !settings.value || engine.value?.trains === false) return nothing; // a recording stays as it is
  const layer = of.layers[weight.layer - 1]!;
  const place = placeOf(of, weight);
  const value = numbers.value[place] ?? NaN;
  const chosen = (event: Event) => (event.target as HTMLSelectElement).value;
  const set = (event: Event) => {
    event.preventDefault();
    const wanted = (event.target as HTMLFormElement).querySelector<HTMLInputElement>("#edit-value")!.valueAsNumber;
    if (!Number.isFinite(wanted)) return;
    settings.value = { ...settings.value!, edits: withEdit(settings.value!.edits, [Math.round(epoch.value), place, wanted]) };
  };
  const choices = (n: number, now: number | null, name: (i: number) => string) =>
    Array.from({ length: n }, (_, i) => html`<option value=${i} .selected=${i === now}>${name(i)}</option>`);
  return html`<details class="weight-editor small">
      <summary>${say("views.edit_weight")}</summary>
      <form @submit=${set}>
        <label>${say("views.edit_layer")}
          <select @change=${(event: Event) => (edited.value = { ...weight, layer: Number(chosen(event)) + 1 })}>
            ${choices(of.layers.length, weight.layer - 1, (i) => String(i + 1))}
          </select></label>
        <label>${say("views.edit_from")}
          <select @change=${(event: Event) => (edited.value = { ...weight, from: chosen(event) === "bias" ? null : Number(chosen(event)) })}>
            ${choices(layer.fan_in, weight.from, (i) => unitName(weight.layer - 1, i))}
            <option value="bias" .selected=${weight.from === null}>${say("views.bias")}</option>
          </select></label>
        <label>${say("views.edit_to")}
          <select @change=${(event: Event) => (edited.value = { ...weight, to: Number(chosen(event)) })}>
            ${choices(layer.fan_out, weight.to, (i) => say("views.unit", { unit: i + 1 }))}
          </select></label>
        <label>${say("views.edit_value")}
          <input id="edit-value" type="number" step="any" .value=${Number.isFinite(value) ? String(Number(value.toPrecision(5))) : ""} /></label>
        <button type="submit">${say("views.edit_set", { epoch: Math.round(epoch.value).toLocaleString("en") })}</button>
      </form>
      <p class="soft">${say("views.edit_about")}</p>
    </details>
    ${settings.value.edits.length ? list(settings.value.edits) : nothing}`;
}

function list(edits: readonly Edit[]) {
  const remove = (edit: Edit) => (settings.value = { ...settings.value!, edits: edits.filter((each) => each !== edit) });
  const name = (place: number) => {
    const weight = start.value && weightAt(start.value, place);
    return weight ? weightName(weight) : `θ[${place}]`;
  };
  return html`<ul class="weight-edits small" aria-label=${say("views.edits")}>
    ${edits.map((edit) => {
      const words = say("views.edit_done", { epoch: edit[0].toLocaleString("en"), name: name(edit[1]), value: written(edit[2]) });
      return html`<li>${words} <button type="button" aria-label=${say("views.edit_remove_named", { name: words })} @click=${() => remove(edit)}>${say("views.edit_remove")}</button></li>`;
    })}
  </ul>`;
}
