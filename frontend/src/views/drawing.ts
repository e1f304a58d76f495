/** The network drawn: every unit with its own surface, edges by weight, lit along the walk through a step. */
import { computed, effect, signal } from "@preact/signals-core";
import { html, nothing, render } from "lit-html";
import { epoch, lit, moment, numbers, recording, selection } from "../store";
import { language, say } from "../words";
import { colours, textWidth } from "./colours";
import { type Edge, edgeAt, layOut, type Unit } from "./drawing_layout";
import { Picture } from "./drawing_picture";
import { onFrame } from "./frame";
import { className } from "./plane_words";
import { sizeOf } from "./size";
import { onData, rangeOf, start, surface } from "./surface";
import { written } from "./ticks";
import { placeOf } from "./edits";
import { editWeight, mountWeightEditor, unitName, weightName } from "./weight_editor";
import "./drawing.css";

/** How near a press must be to an edge, in pixels. */
const REACH = 7;

type Pointed = { unit: Unit; bias: boolean } | { edge: Edge } | null;

export function mountDrawing(root: HTMLElement): () => void {
  root.classList.add("drawing");
  render(
    html`<div class="drawing-stage"><div class="drawing-picture"></div><div class="drawing-tip small" role="status" hidden></div></div>
      <p class="drawing-key small soft"></p>
      <div class="drawing-editor"></div>`,
    root,
  );
  const part = (name: string) => root.querySelector<HTMLElement>(`.${name}`)!;
  const stage = part("drawing-stage");
  const tip = part("drawing-tip");
  const { size, stop: unwatch } = sizeOf(stage);
  const pointed = signal<Pointed>(null);
  const focused = signal<[layer: number, unit: number]>([0, 0]);

  const structure = computed(() => start.value && [start.value.features.length, ...start.value.layers.map(({ fan_out }) => fan_out)].join());
  const layout = computed(() => {
    if (!structure.value) return null;
    const { features, outputs } = names();
    return layOut(structure.value.split(",").map(Number), size.value.width, [room(features), room(outputs)]);
  });
  const room = (labels: string[]) => 10 + textWidth(labels, colours.value.type);
  const picture = computed(() => {
    void language.value;
    return layout.value ? new Picture(layout.value, names()) : null;
  });
  const names = () => ({
    features: Array.from(start.value!.features, (_, i) => unitName(0, i)),
    outputs: Array.from({ length: start.value!.outputs }, (_, k) => (start.value!.task === "classes" ? className(k) : say("views.output_short"))),
    more: (count: number) => say("views.more", { count }),
  });

  const stops = [
    effect(() => {
      part("drawing-picture").replaceChildren(...(picture.value ? [picture.value.svg] : []));
      picture.value?.focusable(0, 0, nameUnit, nameUnit); // numbers come when it is in sight
    }),
    onFrame(root, () => {
      if (!picture.value || !surface.value || surface.value.start.layers.length !== layout.value!.columns.length - 1) return;
      picture.value.draw(surface.value, numbers.value, colours.value);
      const run = recording.value!;
      picture.value.svg.setAttribute("aria-label", say("views.drawing_described", { sizes: structure.value!.replaceAll(",", "–"), epoch: epoch.value, of: run.start.epochs }));
    }),
    onFrame(root, () => {
      picture.value?.light(lit.value, selection.value, pointed.value && "edge" in pointed.value ? pointed.value.edge : null);
    }),
    effect(() => {
      if (moment.value >= 0) picture.value?.focusable(...focused.value, nameUnit, describeUnit); // out of sight, it is read
    }),
    onFrame(root, () => {
      const of = pointed.value;
      tip.hidden = !of || moment.value < 0;
      if (!of || tip.hidden) return;
      tip.textContent = "edge" in of ? describeWeight({ layer: of.edge.layer, from: of.edge.from, to: of.edge.to }) : of.bias ? describeWeight({ layer: of.unit.layer, from: null, to: of.unit.unit }) : describeUnit(of.unit);
      const [x, y] = "edge" in of ? [(of.edge.x1 + of.edge.x2) / 2, (of.edge.y1 + of.edge.y2) / 2] : [of.unit.x, of.unit.y + layout.value!.box / 2];
      const left = Math.max(0, Math.min(x - stage.scrollLeft - tip.offsetWidth / 2, stage.clientWidth - tip.offsetWidth)) + stage.scrollLeft;
      tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(y + 8)}px)`;
    }),
    effect(() => void render(html`${say("views.drawing_key")}`, part("drawing-key"))),
    mountWeightEditor(part("drawing-editor")),
  ];

  function find(event: Event): Pointed {
    const now = layout.value;
    if (!now || !picture.value) return null;
    const target = (event.target as Element).closest<SVGGElement>("[data-unit]");
    if (target) {
      const unit = now.columns[Number(target.dataset.layer)]?.[Number(target.dataset.unit)];
      return unit ? { unit, bias: (event.target as Element).matches(".bias") } : null;
    }
    if (!(event instanceof MouseEvent)) return null;
    const box = picture.value.svg.getBoundingClientRect();
    const edge = edgeAt(now.edges, event.clientX - box.left, event.clientY - box.top, REACH);
    return edge ? { edge } : null;
  }
  stage.addEventListener("pointermove", (event) => {
    pointed.value = find(event);
    stage.style.cursor = pointed.value ? "pointer" : "";
  });
  stage.addEventListener("pointerleave", () => (pointed.value = null));
  stage.addEventListener("focusin", (event) => {
    const found = find(event);
    if (found && "unit" in found) focused.value = [found.unit.layer, found.unit.unit];
    pointed.value = found;
  });
  stage.addEventListener("focusout", () => (pointed.value = null));
  stage.addEventListener("click", (event) => {
    const found = find(event);
    if (!found) selection.value = null;
    else if ("edge" in found) {
      const { layer, from, to } = found.edge;
      selection.value = { kind: "edge", layer, from, to };
      editWeight({ layer, from, to });
    } else if (found.bias) editWeight({ layer: found.unit.layer, from: null, to: found.unit.unit });
    else choose(found.unit);
  });
  function choose({ layer, unit }: Unit): void {
    const now = selection.value;
    const same = now?.kind === "unit" && now.layer === layer && now.unit === unit;
    selection.value = same ? null : { kind: "unit", layer, unit };
    focused.value = [layer, unit];
  }
  const steps: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  stage.addEventListener("keydown", (event) => {
    const found = find(event);
    if (!found || !("unit" in found) || !layout.value) return;
    const { layer, unit } = found.unit;
    const step = steps[event.key];
    if (step) {
      const column = layout.value.columns[layer + step[0]];
      const next = column?.[Math.max(0, Math.min(column.length - 1, unit + step[1]))];
      if (!next) return;
      focused.value = [next.layer, next.unit];
      picture.value!.unit(next.layer, next.unit)?.focus();
    } else if (event.key === "Enter" || event.key === " ") choose(found.unit);
    else if (event.key === "e" && layer > 0) editWeight({ layer, from: null, to: unit });
    else return;
    event.preventDefault();
  });

  return () => {
    for (const stop of stops) stop();
    unwatch();
    render(nothing, root);
  };
}

function nameUnit({ layer, unit }: Pick<Unit, "layer" | "unit">): string {
  return layer === 0 ? unitName(0, unit) : say("views.unit_of_layer", { layer, unit: unit + 1 });
}

/** The unit's numbers at the cursor. */
function describeUnit({ layer, unit }: Pick<Unit, "layer" | "unit">): string {
  const block = surface.value?.layers[layer];
  if (!block) return "";
  const [least, most] = rangeOf(block, unit);
  const of = start.value!;
  const bias = layer > 0 ? numbers.value[placeOf(of, { layer, from: null, to: unit })]! : NaN;
  const parts = [nameUnit({ layer, unit }), say("views.unit_range", { least: written(least), most: written(most) })];
  if (layer > 0) parts.push(say("views.unit_bias", { bias: written(bias) }));
  const sample = selection.value?.kind === "sample" ? selection.value.sample : -1;
  const given = onData.value?.layers[layer];
  if (given && sample >= 0 && sample < given.rows) {
    parts.push(say("views.unit_sample", { sample: sample + 1, value: written(given.values[sample * given.columns + unit]!) }));
  }
  return parts.join(" · ");
}

function describeWeight(weight: Parameters<typeof placeOf>[1]): string {
  const value = numbers.value[placeOf(start.value!, weight)] ?? NaN;
  return say("views.weight_is", { name: weightName(weight), value: written(value, 4) });
}
