/** What each layer gives on the training samples, and which of its units are dead or saturated. */
import { computed } from "@preact/signals-core";
import { html, nothing, render, svg } from "lit-html";
import { counted } from "../network/bins";
import { Activation, FLAT, type Health, MOSTLY } from "../network/health";
import { epoch, numbers, recording, selection } from "../store";
import { say } from "../words";
import { onFrame } from "./frame";
import { onData, start } from "./surface";
import { spread } from "./shading";
import { written } from "./ticks";
import "./histograms.css";

const BINS = 28;
const [WIDTH, HEIGHT] = [168, 64];

const activations = computed(() => start.value?.layers.map((layer) => new Activation(layer)) ?? []);
const trained = computed<number[]>(() => {
  void start.value;
  const held = recording.peek()?.validation.values ?? new Float64Array();
  return Array.from(held, (_, i) => i).filter((i) => !held[i]);
});

/** How every unit of each layer does at the cursor, layer 1 first; null where it cannot be said. */
export const health = computed<(Health[] | null)[]>(() => {
  const now = onData.value;
  if (!now) return [];
  return activations.value.map((each, layer) => (layer === activations.value.length - 1 ? null : each.health(now.inputs[layer]!, trained.value, numbers.value)));
});

export function mountHistograms(root: HTMLElement): () => void {
  root.classList.add("histograms");
  const stop = onFrame(root, () => void render(content(), root));
  return () => {
    stop();
    render(nothing, root);
  };
}

function content() {
  const now = onData.value;
  if (!now) return nothing;
  const share = { flat: 100 * FLAT, mostly: 100 * MOSTLY };
  return html`
    <p class="unseen">${say("views.at", { epoch: epoch.value })}</p>
    <ol class="histograms-layers">
      ${now.layers.slice(1).map((_, layer) => multiple(layer))}
    </ol>
    <p class="small soft">${say("views.histograms_about", share)}</p>
  `;
}

function multiple(layer: number) {
  const { values, columns } = onData.value!.layers[layer + 1]!;
  const rows = trained.value;
  const shown = rows.flatMap((row) => Array.from(values.subarray(row * columns, (row + 1) * columns))).filter(Number.isFinite);
  const [low, high] = spread(least(shown), -least(shown.map((value) => -value)));
  const counts = counted(values, columns, rows, [low, high], BINS);
  const most = Math.max(1, ...counts);
  const bar = WIDTH / BINS;
  const path = counts.map((count, i) => `M${(i * bar).toFixed(2)} ${HEIGHT}h${(bar - 0.8).toFixed(2)}v${((-HEIGHT * count) / most).toFixed(2)}h${(0.8 - bar).toFixed(2)}z`).join("");
  const last = layer === activations.value.length - 1;
  const title = last ? say("views.output") : say("views.layer", { layer: layer + 1 });
  const words = state(health.value[layer] ?? null, layer + 1);
  const about = say("views.histogram_described", { title, low: written(low), high: written(high) });
  return html`<li>
    <h3>${title} <span class="soft small">${recording.value!.start.layers[layer]!.stages.map(({ name }) => name).join(" + ") || say("views.identity")}</span></h3>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${about} preserveAspectRatio="none">${svg`<path d=${path} />`}</svg>
    <p class="histograms-range small soft digits" aria-hidden="true"><span>${written(low)}</span><span>${written(high)}</span></p>
    <p class="small">${words}</p>
  </li>`;
}

function least(values: number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Infinity);
}

/** "2 of 3 dead", with the units to look at. */
function state(of: Health[] | null, layer: number) {
  if (!of) return nothing;
  const parts = (["dead", "saturated"] as const).flatMap((what) => {
    const units = of.flatMap((each, unit) => (each === what ? [unit] : []));
    if (units.length === 0) return [];
    const show = () => (selection.value = { kind: "unit", layer, unit: units[0]! });
    return [html`<button type="button" class="histograms-${what}" @click=${show}>${say(`views.${what}`, { count: units.length, of: of.length })}</button> `];
  });
  return parts.length ? parts : html`<span class="soft">${say("views.all_well")}</span>`;
}
