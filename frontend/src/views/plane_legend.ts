/** What the plane's colours and shapes mean. */
import { html, nothing, svg, type TemplateResult } from "lit-html";
import { selection } from "../store";
import { say } from "../words";
import type { Sample } from "./plane_picture";
import { className } from "./plane_words";
import { outlines } from "./shapes";
import type { Shading } from "./shading";
import { CLASSES, colours } from "./colours";
import { start } from "./surface";
import { written } from "./ticks";
import { featureName } from "./weight_editor";

export function legend(shading: Shading | null, samples: Sample[]): TemplateResult {
  const regression = start.value?.task === "regression";
  const known = start.value && start.value.task !== "regression" ? Math.max(2, start.value.outputs) : 0;
  const kinds = Math.min(CLASSES, Math.max(known, ...samples.map(({ kind }) => (regression ? 0 : kind + 1))));
  const held = samples.some(({ validation }) => validation);
  return html`
    ${shading?.what === "unit" ? unitWord() : nothing} ${shading && shading.what !== "classes" ? scale(shading) : nothing}
    ${kinds || held
      ? html`<ul class="plane-classes">
          ${Array.from({ length: kinds }, (_, k) => html`<li>${key(k, false)} ${className(k)}</li>`)}
          ${held ? html`<li>${key(-1, false)} ${say("views.training")}</li><li>${key(-1, true)} ${say("views.validation")}</li>` : nothing}
        </ul>`
      : nothing}
  `;
}

function unitWord(): TemplateResult | typeof nothing {
  const chosen = selection.value;
  if (chosen?.kind !== "unit") return nothing;
  const words = chosen.layer === 0 ? "views.plane_shows_feature" : "views.plane_shows_unit";
  return html`<p class="plane-unit">
    ${say(words, { layer: chosen.layer, unit: chosen.unit + 1, name: featureName(start.value?.features[chosen.unit]?.name ?? "") })}
    <button type="button" @click=${() => (selection.value = null)}>${say("views.plane_back")}</button>
  </p>`;
}

/** The colours from the lowest to the highest value, as few strips. */
function scale({ what, low, high }: Shading): TemplateResult {
  const strips = 32;
  const { ramp } = colours.value;
  const strip = (i: number) => {
    const pixel = ramp[Math.round((255 * i) / (strips - 1))]!;
    return svg`<rect x=${i * 5} y="0" width="5.5" height="12" fill=${`rgb(${pixel & 255} ${(pixel >> 8) & 255} ${(pixel >> 16) & 255})`} />`;
  };
  const words = what === "probability" ? say("views.scale_probability", { name: className(1) }) : say(`views.scale_${what}`);
  return html`<p class="plane-scale">
    <span>${words}</span> <span class="digits">${written(low)}</span>
    <svg viewBox="0 0 160 12" width="160" height="12" aria-hidden="true">${Array.from({ length: strips }, (_, i) => strip(i))}</svg>
    <span class="digits">${written(high)}</span>
  </p>`;
}

function key(kind: number, hollow: boolean): TemplateResult {
  const colour = kind < 0 ? "var(--soft)" : `var(--class-${kind})`;
  return html`<svg viewBox="-1.6 -1.6 3.2 3.2" width="14" height="14" aria-hidden="true">
    ${svg`<path d=${outlines[Math.max(0, kind)]!} fill=${hollow ? "none" : colour} stroke=${colour} stroke-width=".4" />`}
  </svg>`;
}
