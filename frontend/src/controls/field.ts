/** One control of a field: a label, what is typed or chosen, a tip, and the word of the engine if it refuses the value. */
import { html, nothing, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import type { Field } from "../contract";
import { told } from "../sentences";
import { failure } from "../store";
import { say } from "../words";
import { nameOf, optionName, tipOf } from "./names";
import { PLACES, placeOf, valueAt } from "./scale";

/** Where a control stands: its id, its value, and what takes a new one. */
export interface Bound<T> {
  id: string;
  value: T;
  take: (value: T) => void;
}

const target = (event: Event) => event.target as HTMLInputElement;

/** What is wrong with a field, if the engine has refused it; `field` or "dictionary.field". */
export function complaint(name: string): string | null {
  const said = failure.value;
  return said?.field && (said.field === name || said.field.endsWith(`.${name}`)) ? told(said.message) : null;
}

/** A label with its control under or beside it; the control gets what describes it. */
export function labelled(
  name: string,
  id: string,
  control: TemplateResult,
  beside: TemplateResult | null = null,
): TemplateResult {
  return field(name, id, html`<label for=${id}>${nameOf(name)}</label>`, control, beside);
}

/** A heading with its tip, a control under it, and what is wrong with it. */
export function field(
  name: string,
  id: string,
  head: TemplateResult,
  control: TemplateResult | typeof nothing,
  beside: TemplateResult | null = null,
): TemplateResult {
  const tip = tipOf(name);
  const wrong = complaint(name);
  return html`
    <div class="field" data-field=${name}>
      <div class="field-head">
        ${head}
        ${
          tip
            ? html`<details class="tip">
                <summary aria-label=${say("controls.about", { name: nameOf(name) })}>?</summary>
                <p id="tip-${id}">${tip}</p>
              </details>`
            : nothing
        }
        ${beside ?? nothing}
      </div>
      ${control} ${wrong ? html`<p class="complaint" id="wrong-${id}" role="alert">${wrong}</p>` : nothing}
    </div>
  `;
}

/** What describes a control: its tip, and what is wrong with it. */
export function described(name: string, id: string): string | typeof nothing {
  const ids = [tipOf(name) ? `tip-${id}` : "", complaint(name) ? `wrong-${id}` : ""].filter(Boolean);
  return ids.length ? ids.join(" ") : nothing;
}

/** A box for a number. While it is being typed in, what is typed stays as it is ("0.10"). */
export function numberBox(field: Field, { id, value, take }: Bound<number>, label?: string): TemplateResult {
  const typed = (event: Event) => {
    const box = target(event);
    const { least = -Infinity, most = Infinity } = field;
    const right = box.value !== "" && box.valueAsNumber >= least && box.valueAsNumber <= most;
    if (right && (field.kind !== "integer" || Number.isInteger(box.valueAsNumber))) take(box.valueAsNumber);
  };
  const left = (event: Event) => void (target(event).value = String(value));
  return html`<input
    id=${id}
    type="number"
    inputmode=${field.kind === "integer" ? "numeric" : "decimal"}
    min=${field.least ?? nothing}
    max=${field.most ?? nothing}
    step=${field.kind === "integer" ? 1 : "any"}
    aria-label=${label ?? nothing}
    aria-describedby=${described(field.name, id)}
    aria-invalid=${complaint(field.name) ? "true" : nothing}
    .value=${live(shown(id, value))}
    @input=${typed}
    @blur=${left}
  />`;
}

function shown(id: string, value: number): string {
  const typing = typedIn?.id === id && Number(typedIn.value) === value && typedIn.matches(":focus");
  return typing ? typedIn!.value : String(value);
}

/** The box with the focus; the page, or a notebook's shadow root, tells. */
let typedIn: HTMLInputElement | null = null;
export function followTyping(root: HTMLElement): () => void {
  const focused = (event: Event) => (typedIn = target(event));
  root.addEventListener("focusin", focused);
  return () => root.removeEventListener("focusin", focused);
}

/** A number with a slider beside its box; the box has the label. */
export function number(field: Field, bound: Bound<number>, beside: TemplateResult | null = null): TemplateResult {
  return labelled(field.name, bound.id, sliderAndBox(field, bound), beside);
}

/** A slider and a box of one number; the box is called as its label says, or by `label`. */
export function sliderAndBox(field: Field, bound: Bound<number>, label?: string): TemplateResult {
  const slider = field.least !== undefined && field.most !== undefined;
  return html`<div class="number">
      ${
        slider
          ? html`<input
              id="slider-${bound.id}"
              type="range"
              min="0"
              max=${PLACES}
              step="1"
              aria-label=${say("controls.slider", { name: nameOf(field.name) })}
              aria-valuetext=${String(bound.value)}
              .value=${live(String(Math.round(placeOf(bound.value, field))))}
              @input=${(event: Event) => bound.take(valueAt(target(event).valueAsNumber, field))}
              @keydown=${(event: KeyboardEvent) => step(event, field, bound)}
            />`
          : nothing
      }
      ${numberBox(field, bound, label)}
    </div>`;
}

/** Arrow keys on a slider go to the next value that differs, however fine its places are. */
function step(event: KeyboardEvent, field: Field, { value, take }: Bound<number>): void {
  const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  for (let place = Math.round(placeOf(value, field)) + 10 * by; ; place += by) {
    const next = valueAt(Math.min(Math.max(place, 0), PLACES), field);
    if (next !== value) return take(next);
    if (place <= 0 || place >= PLACES) return;
  }
}

export function selectBox(field: Field, { id, value, take }: Bound<string>, label?: string): TemplateResult {
  return html`<select
    id=${id}
    aria-label=${label ?? nothing}
    aria-describedby=${described(field.name, id)}
    aria-invalid=${complaint(field.name) ? "true" : nothing}
    .value=${live(value)}
    @change=${(event: Event) => take((event.target as HTMLSelectElement).value)}
  >
    ${(field.options ?? []).map((each) => html`<option value=${each} ?selected=${each === value}>${optionName(each)}</option>`)}
  </select>`;
}

export function select(field: Field, bound: Bound<string>): TemplateResult {
  return labelled(field.name, bound.id, selectBox(field, bound));
}

export function checkbox(
  name: string,
  label: string,
  { id, value, take }: Bound<boolean>,
  description = described(name, id),
): TemplateResult {
  return html`<label class="check" for=${id}>
    <input
      id=${id}
      type="checkbox"
      aria-describedby=${description}
      .checked=${live(value)}
      @change=${(event: Event) => take(target(event).checked)}
    />
    <span>${label}</span>
  </label>`;
}

export function toggle(field: Field, bound: Bound<boolean>): TemplateResult {
  const tip = tipOf(field.name);
  const wrong = complaint(field.name);
  return html`<div class="field field-switch" data-field=${field.name}>
    ${checkbox(field.name, nameOf(field.name), bound)}
    ${tip ? html`<p class="soft small" id="tip-${bound.id}">${tip}</p>` : nothing}
    ${wrong ? html`<p class="complaint" id="wrong-${bound.id}" role="alert">${wrong}</p>` : nothing}
  </div>`;
}

export function dice(label: string, roll: () => void): TemplateResult {
  return html`<button type="button" class="icon dice" aria-label=${label} title=${label} @click=${roll}>
    <svg viewBox="0 0 16 16" aria-hidden="true">
      <rect x="1.5" y="1.5" width="13" height="13" rx="3" />
      <circle cx="5" cy="5" r="1.2" />
      <circle cx="11" cy="5" r="1.2" />
      <circle cx="8" cy="8" r="1.2" />
      <circle cx="5" cy="11" r="1.2" />
      <circle cx="11" cy="11" r="1.2" />
    </svg>
  </button>`;
}
