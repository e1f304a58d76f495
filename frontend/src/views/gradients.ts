/** How strong the gradient of each layer is over time, or how far each layer moves with a step: both on a log axis. */
import { effect, signal } from "@preact/signals-core";
import { html, nothing, render } from "lit-html";
import { epoch, moment, pins, type Recording, recording, row } from "../store";
import { view } from "../view";
import { say } from "../words";
import { mountChart, type Drawn, type Line } from "./chart";
import { CLASSES, colours } from "./colours";
import { GHOSTS } from "./curves";
import { onFrame } from "./frame";
import { written } from "./ticks";

type Quantity = "gradient" | "update";

/** By layer: the colour alone would not tell them apart. */
const DASHES: (number[] | undefined)[] = [undefined, [8, 3], [3, 3], [10, 3, 2, 3], [2, 5], [14, 4]];
/** The order of colours in which neighbours differ most, the two of the classes first. */
const ORDER = [0, 4, 2, 3, 1, 5];

export function mountGradients(root: HTMLElement): () => void {
  root.classList.add("gradients");
  const quantity = signal<Quantity>("gradient");
  render(
    html`<div class="chart-head small"><p class="gradients-now"></p><div class="chart-options" role="radiogroup"></div></div>
      <div class="gradients-chart" role="img"></div>
      <p class="gradients-about chart-note small soft"></p>`,
    root,
  );
  const part = (name: string) => root.querySelector<HTMLElement>(`.${name}`)!;
  const stops = [
    effect(() => {
      part("chart-options").setAttribute("aria-label", say("views.quantity"));
      render(options(quantity.value, (next) => (quantity.value = next)), part("chart-options"));
      part("gradients-about").textContent = say(`views.${quantity.value}_about`);
    }),
    onFrame(root, () => {
      const words = now(quantity.value);
      part("gradients-now").textContent = words;
      part("gradients-chart").setAttribute("aria-label", `${say(`views.${quantity.value}`)}. ${say("views.at", { epoch: epoch.value })} ${words}`);
    }),
    mountChart(part("gradients-chart"), 220, () => drawn(quantity.value)),
  ];
  return () => {
    for (const stop of stops) stop();
    render(nothing, root);
  };
}

/** Column `layer` of a quantity over the moments. */
function column(values: Float64Array, width: number, layer: number): Float64Array {
  return Float64Array.from({ length: values.length / width }, (_, i) => values[i * width + layer]!);
}

/** A line for each layer of a run. */
function ofRun(run: Recording, quantity: Quantity): Line[] {
  const tensor = run.moments[quantity];
  const layers = run.start.layers.length;
  return Array.from({ length: tensor ? layers : 0 }, (_, layer) => ({
    label: say("views.layer_short", { layer: layer + 1 }),
    ...styleOf(layer),
    x: run.moments.epoch!.values,
    y: column(tensor!.values, layers, layer),
  }));
}

/** Of a pinned run all layers are drawn alike, and its letter stands at the first. */
function ghostsOf(quantity: Quantity): Line[] {
  return pins.value.flatMap((run, index) => {
    const { letter, dash } = GHOSTS[index % GHOSTS.length]!;
    const alike = { dash, colour: colours.value.soft, width: 1, ghost: true };
    return ofRun(run, quantity).map((line, layer) => ({ ...line, ...alike, label: layer === 0 ? letter : "" }));
  });
}

function drawn(quantity: Quantity): Drawn {
  const run = recording.value;
  const lines = [...ghostsOf(quantity), ...(run ? ofRun(run, quantity) : [])];
  return { lines, logX: view.epochs.value === "log", logY: true, label: say(`views.${quantity}`) };
}

/** A seventh layer, the most that there are, has the colour of the writing. */
function styleOf(layer: number): { colour: string; dash?: number[] } {
  if (layer >= CLASSES) return { colour: colours.value.ink };
  const dash = DASHES[layer];
  return { colour: colours.value.classes[ORDER[layer]!]!, ...(dash ? { dash } : {}) };
}

/** The numbers at the cursor, and how far apart the first and the last layer are. */
function now(quantity: Quantity): string {
  const tensor = recording.value?.moments[quantity];
  if (!tensor || moment.value < 0) return "";
  const values = row(tensor, moment.value);
  const each = Array.from(values, (value, layer) => `${say("views.layer_short", { layer: layer + 1 })}: ${written(value, 2)}`);
  const share = values[0]! / values.at(-1)!;
  if (quantity === "gradient" && values.length > 1 && share > 0 && share < 0.01) each.push(say("views.vanishing", { share: written(share, 2), last: values.length }));
  return each.join(" · ");
}

function options(now: Quantity, set: (next: Quantity) => void) {
  return (["gradient", "update"] as const).map(
    (each) => html`<label><input type="radio" name="gradients-quantity" .checked=${now === each} @change=${() => set(each)} /> ${say(`views.${each}`)}</label>`,
  );
}
