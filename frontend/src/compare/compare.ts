/** Compare: runs that are pinned stay as ghosts in the charts; here is what they came to and in which settings they
 * differ from the present run. */
import { effect } from "@preact/signals-core";
import { html, nothing, render } from "lit-html";
import { nameOf } from "../controls/names";
import { engine } from "../engine";
import { type Recording, pins, recording, settings } from "../store";
import { say } from "../words";
import "./compare.css";
import { differences } from "./differences";
import { digits, valueWords } from "./values";

/** Ghosts told apart by the dashes of their lines need to be few. */
export const MOST_PINS = 4;

/** Names of the pinned runs, in their order. */
export const names = ["A", "B", "C", "D"];

export function pin(run: Recording): void {
  if (pins.value.length < MOST_PINS && !pins.value.includes(run)) pins.value = [...pins.value, run];
}

export function unpin(run: Recording): void {
  pins.value = pins.value.filter((each) => each !== run);
}

export function mountCompare(root: HTMLElement): () => void {
  const stop = effect(() => void render(panel(recording.value, pins.value), root));
  return () => {
    stop();
    render(nothing, root);
  };
}

/** Whether settings can change here: a recording's cannot. */
function changes(): boolean {
  return engine.value?.trains !== false;
}

function panel(run: Recording | null, pinned: Recording[]) {
  const full = pinned.length >= MOST_PINS;
  const there = run !== null && pinned.includes(run);
  const word = full ? say("compare.full", { most: MOST_PINS }) : there ? say("compare.pinned") : pinned.length ? "" : say("compare.about", { most: MOST_PINS });
  return html`
    ${changes()
      ? html`<div class="compare-head">
          <button id="pin" class="primary" ?disabled=${!run?.end || full || there} @click=${() => pin(run!)}>${say("compare.pin")}</button>
          <span class="soft small" role="status">${word}</span>
        </div>`
      : nothing}
    ${pinned.length && run ? table(run, pinned) : nothing}`;
}

function table(run: Recording, pinned: Recording[]) {
  const all = [run, ...pinned];
  const rows = differences(all.map((each) => each.settings));
  return html`
    <div class="compare-scroll" role="region" tabindex="0" aria-label=${say("compare.table")}>
      <table class="compare-table">
        <caption class="unseen">${say("compare.table")}</caption>
        <thead>
          <tr>
            <td></td>
            <th scope="col">${swatch(-1)} ${say("compare.now")}</th>
            ${pinned.map((_, index) => html`<th scope="col">${swatch(index)} ${names[index]}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${quantity("loss", all)} ${quantity("val_loss", all)} ${quantity("accuracy", all)} ${quantity("val_accuracy", all)}
          ${rows.map(
            ({ name, values }) => html`<tr>
              <th scope="row">${nameOf(name)}</th>
              ${values.map((value) => html`<td class=${JSON.stringify(value) === JSON.stringify(values[0]) ? "soft" : "differs"}>${valueWords(name, value)}</td>`)}
            </tr>`,
          )}
        </tbody>
        <tfoot ?hidden=${!changes()}>
          <tr>
            <td></td>
            <td>${rows.length ? nothing : html`<span class="soft">${say("compare.same")}</span>`}</td>
            ${pinned.map(
              (each, index) => html`<td>
                <button data-restore=${names[index]!} aria-label=${say("compare.restore_run", { name: names[index]! })} @click=${() => (settings.value = each.settings)}>${say("compare.restore")}</button>
                <button data-unpin=${names[index]!} aria-label=${say("compare.unpin_run", { name: names[index]! })} @click=${() => unpin(each)}>${say("compare.unpin")}</button>
              </td>`,
            )}
          </tr>
        </tfoot>
      </table>
    </div>`;
}

/** The last value of a quantity in each run; no row where no run has it. */
function quantity(name: string, all: Recording[]) {
  const last = all.map((run) => run.moments[name]?.values.at(-1));
  if (last.every((value) => value === undefined || Number.isNaN(value))) return nothing;
  return html`<tr>
    <th scope="row">${say(`compare.${name}`)}</th>
    ${last.map((value) => html`<td>${digits(value)}</td>`)}
  </tr>`;
}

/** A piece of the line that stands for the run in the charts. */
function swatch(index: number) {
  return html`<svg class="swatch ${index < 0 ? "now" : `ghost-${index}`}" viewBox="0 0 28 8" width="28" height="8" aria-hidden="true"><line x1="0" y1="4" x2="28" y2="4" /></svg>`;
}
