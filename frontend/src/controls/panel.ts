/** Every control of the page, made from the fields that Python declares; the first ones at hand, the others one step away. */
import { effect } from "@preact/signals-core";
import { html, nothing, render, type TemplateResult } from "lit-html";
import { begin, change } from "../change";
import type { Field, Settings } from "../contract";
import { engine } from "../engine";
import { defaultOf, parametersOf } from "../state";
import { failure, schema, settings } from "../store";
import { say } from "../words";
import "./controls.css";
import { checkbox, complaint, dice, followTyping, number, select, toggle } from "./field";
import { fileButton, mountFiles } from "./files";
import { layers } from "./layers";
import { optionName } from "./names";
import { optional } from "./optional";
import { type Pieces, pieces } from "./pieces";
import { points } from "./points";

const GROUPS: Field["group"][] = ["data", "features", "network", "loss", "optimizer", "training"];
/** What a beginner can do without: behind "more". */
const LATER = new Set([
  "standardize",
  "output",
  "initializer",
  "normalization",
  "dropout",
  "l1",
  "l2",
  "schedule",
  "schedule_settings",
  "validation_share",
]);
/** Parameters of an optimizer that are at hand at once. */
const FIRST = new Set(["learning_rate", "momentum"]);
/** Fields that stand within another control, or that are changed elsewhere on the page. */
const ELSEWHERE = new Set(["activations", "points", "own_task", "class_names", "edits", "parameters", "factors"]);
/** A seed is rolled anew from this many. */
const SEEDS = 1000;

export function mountControls(root: HTMLElement): () => void {
  root.classList.add("controls");
  const stops = [
    followTyping(root),
    effect(() => {
      void failure.value;
      render(engine.value?.trains === false ? nothing : panel(), root);
    }),
    mountFiles(root, root.getRootNode() instanceof ShadowRoot ? root : window),
  ];
  return () => {
    for (const stop of stops) stop();
    render(nothing, root);
  };
}

function panel(): TemplateResult | typeof nothing {
  const fields = schema.value?.fields;
  const now = settings.value;
  if (!fields || !now) return nothing;
  return html`${GROUPS.map((group) => groupOf(group, fields, now))}
    ${fileButton()}
    <button type="button" id="reset" @click=${() => begin({})}>${say("controls.reset")}</button>`;
}

function groupOf(group: Field["group"], fields: Field[], now: Settings): TemplateResult {
  const shown = fields.filter((field) => field.group === group && !ELSEWHERE.has(field.name) && useful(field, now));
  const first = shown.filter(({ name }) => !LATER.has(name)).flatMap((field) => controlOf(field, fields, now, true));
  const later = shown.flatMap((field) => {
    if (LATER.has(field.name)) return controlOf(field, fields, now, true).concat(controlOf(field, fields, now, false));
    return controlOf(field, fields, now, false);
  });
  const extra = group === "data" ? dataExtras(fields, now) : group === "network" ? byHand(now) : nothing;
  return html`<details class="group" id="group-${group}" open>
    <summary><h3>${say(`controls.group.${group}`)}</h3></summary>
    <div class="group-body">
      ${first} ${extra}
      ${
        later.length
          ? html`<details class="more">
              <summary>${say("controls.more")}</summary>
              <div class="group-body">${later}</div>
            </details>`
          : nothing
      }
    </div>
  </details>`;
}

/** Whether a field matters with these settings. */
function useful({ where }: Field, now: Settings): boolean {
  return Object.entries(where ?? {}).every(([name, values]) => values.includes(now[name as keyof Settings]));
}

/** The controls of a field: those at hand (`first`) or the others; most fields have one, and that is at hand. */
function controlOf(field: Field, fields: Field[], now: Settings, first: boolean): TemplateResult[] {
  const { name, kind } = field;
  const id = `setting-${name}`;
  const value = now[name as keyof Settings];
  const take = (next: unknown) => change({ [name]: next });
  if (kind === "settings") return parameters(field, fields, now, first);
  if (!first) return [];
  if (name === "hidden") {
    const activations = fields.find((each) => each.name === "activations");
    return activations ? [layers(field, activations, now)] : [];
  }
  switch (kind) {
    case "choice":
      return [select(field, { id, value: value as string, take })];
    case "choices":
      return [choices(field, value as string[], take)];
    case "switch":
      return [toggle(field, { id, value: value as boolean, take })];
    case "integer":
    case "number":
      return [number(field, { id, value: value as number, take }, name.endsWith("seed") ? roll(name, take) : null)];
    default:
      return [];
  }
}

function roll(name: string, take: (seed: number) => void): TemplateResult {
  return dice(say(`controls.roll_${name}`), () => take(Math.floor(Math.random() * SEEDS)));
}

/** The parameters that a choice (an optimizer, a schedule) brings along. */
function parameters(field: Field, fields: Field[], now: Settings, first: boolean): TemplateResult[] {
  const values = now[field.name as "optimizer_settings"];
  const usual = defaultOf(field, now as unknown as Record<string, unknown>, fields) as Record<string, unknown>;
  const all = parametersOf(field, now as unknown as Record<string, unknown>);
  const set = (next: object) => change({ [field.name]: { ...values, ...next } });
  return all
    .filter(({ name }) => (FIRST.has(name) || LATER.has(field.name)) === first && !ELSEWHERE.has(name))
    .map((each) => {
      const { name, kind } = each;
      const value = Object.hasOwn(values, name) ? values[name] : usual[name];
      const id = `setting-${field.name}-${name}`;
      const take = (next: unknown) => set({ [name]: next });
      if (name === "boundaries")
        return pieces(each, all.find((other) => other.name === "factors")!, values as unknown as Pieces, set);
      if (each.first !== undefined) return optional(each, { id, value: value as number | null, take });
      if (kind === "switch") return toggle(each, { id, value: value as boolean, take });
      return number(each, { id, value: value as number, take });
    });
}

/** Several options at once, in the field's own order. */
function choices(field: Field, value: string[], take: (next: string[]) => void): TemplateResult {
  const { name, options = [], fewest = 0 } = field;
  const set = (option: string, on: boolean) => {
    const next = options.filter((each) => (each === option ? on : value.includes(each)));
    // Refused: the box springs back to what is still so.
    take(next.length < fewest ? [...value] : next);
  };
  const wrong = complaint(name);
  return html`<fieldset class="field" data-field=${name}>
    <legend class="soft small">${say(`controls.tip.${name}`)}</legend>
    <div class="checks">
      ${options.map((option) =>
        checkbox(name, optionName(option), {
          id: `setting-${name}-${option}`,
          value: value.includes(option),
          take: (on) => set(option, on),
        }),
      )}
    </div>
    ${wrong ? html`<p class="complaint" role="alert">${wrong}</p>` : nothing}
  </fieldset>`;
}

function dataExtras(fields: Field[], now: Settings): TemplateResult {
  const wrong = complaint("points");
  return html`${points(
    fields.find(({ name }) => name === "own_task"),
    now,
  )}
  ${wrong ? html`<p class="complaint" role="alert">${wrong}</p>` : nothing}`;
}

/** What was changed by hand or brought in from a file, and the way back from it. */
function byHand({ edits, parameters: given }: Settings): TemplateResult | typeof nothing {
  const line = (words: string, undo: Partial<Settings>, id: string) =>
    html`<p class="row small">
      <span>${words}</span
      ><button type="button" id=${id} @click=${() => change(undo)}>${say("controls.take_back")}</button>
    </p>`;
  if (!edits.length && !given.length) return nothing;
  return html`${edits.length ? line(say("controls.edits", { n: edits.length }), { edits: [] }, "clear-edits") : nothing}
  ${given.length ? line(say("controls.given_weights"), { parameters: [] }, "clear-parameters") : nothing}`;
}
