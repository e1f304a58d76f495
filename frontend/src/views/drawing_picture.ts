/** The drawing's elements: made once for a structure, and then only told their widths, colours and pixels. */
import type { Selection } from "../store";
import type { Colours } from "./colours";
import type { Edge, Layout, Unit } from "./drawing_layout";
import { paint, spread } from "./shading";
import { type Activations, rangeOf, SIDE } from "./surface";

const SVG = "http://www.w3.org/2000/svg";
/** Every so many-th point of the plane is enough for a small surface. */
const EVERY = 2;
const PIXELS = SIDE / EVERY;
const WIDEST = 6;

export interface Names {
  features: string[];
  outputs: string[];
  more: (count: number) => string;
}

function make<K extends keyof SVGElementTagNameMap>(name: K, attributes: Record<string, string | number>, ...children: (Node | string)[]): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

interface Drawn {
  group: SVGGElement;
  context: CanvasRenderingContext2D;
  image: ImageData;
  pixels: Uint32Array;
  bias: SVGCircleElement | null;
}

export class Picture {
  readonly svg: SVGSVGElement;
  private readonly lines: SVGLineElement[];
  private readonly units: Drawn[][];

  constructor(
    private readonly layout: Layout,
    names: Names,
  ) {
    const { width, height, edges, columns } = layout;
    this.lines = edges.map(({ x1, y1, x2, y2 }) => make("line", { x1, y1, x2, y2 }));
    this.units = columns.map((column) => column.map((unit) => this.made(unit)));
    this.svg = make(
      "svg",
      { width, height, viewBox: `0 0 ${width} ${height}`, role: "group" },
      make("g", { class: "edges" }, ...this.lines),
      ...this.units.flat().map(({ group }) => group),
      ...this.named(names),
    );
  }

  private made({ layer, unit, x, y }: Unit): Drawn {
    const { box } = this.layout;
    const [left, top] = [x - box / 2, y - box / 2];
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = PIXELS;
    const holder = make("foreignObject", { x: left, y: top, width: box, height: box }, canvas);
    const frame = make("rect", { x: left, y: top, width: box, height: box, rx: 4, class: "frame" });
    const bias = layer > 0 ? make("circle", { cx: left, cy: top + box, r: 4, class: "bias" }) : null;
    const group = make("g", { class: "unit", role: "button", tabindex: -1, "data-layer": layer, "data-unit": unit }, holder, frame, ...(bias ? [bias] : []));
    const context = canvas.getContext("2d")!;
    const image = context.createImageData(PIXELS, PIXELS);
    return { group, context, image, pixels: new Uint32Array(image.data.buffer), bias };
  }

  private named({ features, outputs, more }: Names): SVGTextElement[] {
    const { columns, box, more: hidden } = this.layout;
    const beside = (unit: Unit, text: string, side: -1 | 1) =>
      make("text", { x: unit.x + side * (box / 2 + 6), y: unit.y, "text-anchor": side < 0 ? "end" : "start", "dominant-baseline": "central" }, text);
    return [
      ...columns[0]!.map((unit) => beside(unit, features[unit.unit] ?? "", -1)),
      ...columns.at(-1)!.map((unit) => beside(unit, outputs[unit.unit] ?? "", 1)),
      ...columns.flatMap((column, layer) => {
        const last = column.at(-1)!;
        return hidden[layer] ? [make("text", { x: last.x, y: last.y + box / 2 + 15, "text-anchor": "middle" }, more(hidden[layer]!))] : [];
      }),
    ];
  }

  /** Everything at this moment. */
  draw({ start, layers }: Activations, numbers: Float64Array, colours: Colours): void {
    const greatest = start.layers.map(({ weight }) => numbers.subarray(...weight).reduce((most, each) => Math.max(most, Math.abs(each) || 0), 1e-12));
    this.layout.edges.forEach(({ layer, from, to }, i) => {
      const { weight, fan_out } = start.layers[layer - 1]!;
      const value = numbers[weight[0] + from * fan_out + to]!;
      const line = this.lines[i]!;
      line.setAttribute("stroke-width", (0.6 + (WIDEST * Math.abs(value || 0)) / greatest[layer - 1]!).toFixed(2));
      const sign = value < 0 ? "negative" : "positive";
      if (line.dataset.sign !== sign) line.dataset.sign = sign;
    });
    this.units.forEach((column, layer) => {
      const block = layers[layer]!;
      const output = layer === layers.length - 1;
      column.forEach(({ context, image, pixels, bias }, unit) => {
        const probability = output && start.task !== "regression" && start.loss !== "hinge";
        const [low, high] = probability ? [0, 1] : spread(...rangeOf(block, unit));
        const ramp = output && block.columns > 1 && probability ? colours.washes[unit % colours.washes.length]! : colours.ramp;
        paint(pixels, { what: "unit", block, column: unit, low, high, level: null }, { ...colours, ramp }, SIDE, EVERY);
        context.putImageData(image, 0, 0);
        if (!bias) return;
        const value = numbers[start.layers[layer - 1]!.bias[0] + unit]!;
        bias.setAttribute("r", (3 + 3 * Math.min(1, Math.abs(value || 0) / 2)).toFixed(2));
        bias.dataset.sign = value < 0 ? "negative" : "positive";
      });
    });
  }

  /** Light what the walk is at, what is chosen and what is pointed at. */
  light(lit: { layer: number; phase: string } | null, chosen: Selection, pointed: Edge | null): void {
    this.layout.edges.forEach((edge, i) => {
      const { layer, from, to } = edge;
      const line = this.lines[i]!;
      line.classList.toggle("lit", lit?.layer === layer);
      const of = chosen?.kind === "unit" ? (chosen.layer === layer && chosen.unit === to) || (chosen.layer === layer - 1 && chosen.unit === from) : false;
      line.classList.toggle("chosen", of || edge === pointed || (chosen?.kind === "edge" && chosen.layer === layer && chosen.from === from && chosen.to === to));
    });
    this.units.forEach((column, layer) =>
      column.forEach(({ group }, unit) => {
        group.classList.toggle("lit", lit?.layer === layer);
        const is = chosen?.kind === "unit" && chosen.layer === layer && chosen.unit === unit;
        group.classList.toggle("chosen", is);
        group.setAttribute("aria-pressed", String(is));
      }),
    );
    this.svg.dataset.phase = lit?.phase ?? "";
  }

  /** One unit is in the order of the tab key, and arrows lead to the others. All say what they are, this one in numbers. */
  focusable(layer: number, unit: number, name: (unit: Unit) => string, describe: (unit: Unit) => string): void {
    const here = this.unit(layer, unit) ?? this.unit(0, 0);
    this.units.forEach((column, l) =>
      column.forEach(({ group }, u) => {
        const place = this.layout.columns[l]![u]!;
        group.setAttribute("tabindex", group === here ? "0" : "-1");
        const label = group === here ? describe(place) : name(place);
        if (group.getAttribute("aria-label") !== label) group.setAttribute("aria-label", label);
      }),
    );
  }

  unit(layer: number, unit: number): SVGGElement | undefined {
    return this.units[layer]?.[unit]?.group;
  }
}
