/** A chart of lines over epochs, by uPlot: made once, given new numbers at each run, with the time cursor to drag. */
import { effect, untracked } from "@preact/signals-core";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { epoch } from "../store";
import { language } from "../words";
import { colours, textWidth } from "./colours";
import { extent } from "./extent";
import { onFrame } from "./frame";
import { sizeOf } from "./size";
import { standAt } from "./time";
import { exponents, power, ticks, written } from "./ticks";
import "./chart.css";

export interface Line {
  label: string;
  colour: string;
  /** Lengths of dashes and gaps; none is a solid line. */
  dash?: number[];
  width?: number;
  /** Of another run: the axis is not made for it. */
  ghost?: boolean;
  x: Float64Array;
  /** What is no number is a gap. */
  y: Float64Array;
}

export interface Drawn {
  lines: Line[];
  logX: boolean;
  logY: boolean;
  /** The vertical axis's ends, where they are known. */
  range?: [number, number];
  /** What the vertical axis shows. */
  label: string;
}

/** Draw what `of` says, which reads signals, in `root`, `height` pixels high. Returns the disposal. */
export function mountChart(root: HTMLElement, height: number, of: () => Drawn): () => void {
  root.classList.add("chart");
  const { size, stop: unwatch } = sizeOf(root);
  const line = document.createElement("div");
  line.className = "chart-cursor";
  let plot: uPlot | null = null;
  let made = "";
  let lines: Line[] = [];

  const stops = [
    onFrame(root, () => {
      const drawn = of();
      lines = drawn.lines;
      const data = joined(drawn);
      const { width } = size.value;
      // Everything that a new plot is needed for; numbers alone are none of it.
      const shape = JSON.stringify([drawn.lines.map((each) => [each.label, each.colour, each.dash]), drawn.logX, drawn.logY, drawn.label, colours.value.ink, colours.value.card, colours.value.type, language.value]);
      untracked(() => {
        if (shape !== made || !plot) {
          plot?.destroy();
          plot = new uPlot(options(drawn, width, height, () => lines, place), data, root);
          plot.over.append(line);
          listen(plot);
          made = shape;
        } else {
          if (plot.width !== width) plot.setSize({ width, height });
          plot.setData(data);
        }
      });
    }),
    effect(() => {
      void epoch.value;
      place();
    }),
  ];

  function place(): void {
    if (!plot) return;
    const x = plot.valToPos(epoch.peek(), "x");
    line.hidden = !Number.isFinite(x) || x < -1;
    if (!line.hidden) line.style.transform = `translateX(${x}px)`;
  }
  function listen(on: uPlot): void {
    const travel = (event: PointerEvent) => {
      const box = on.over.getBoundingClientRect();
      standAt(on.posToVal(Math.max(0, Math.min(box.width, event.clientX - box.left)), "x"));
    };
    on.over.addEventListener("pointerdown", (event) => {
      on.over.setPointerCapture(event.pointerId);
      travel(event);
    });
    on.over.addEventListener("pointermove", (event) => {
      if (event.buttons) travel(event);
    });
  }
  return () => {
    for (const stop of stops) stop();
    unwatch();
    plot?.destroy();
  };
}

/** The lines over one common axis. Logarithms are taken here: uPlot's own axis has no numbers beyond 10¹⁷, and a
 * training that diverges does. Where one would be of 0 or less, there is a gap. */
export function joined({ lines, logY }: Pick<Drawn, "lines" | "logY">): uPlot.AlignedData {
  const shown = (value: number) => (!Number.isFinite(value) || (logY && value <= 0) ? null : logY ? Math.log10(value) : value);
  const tables = lines.map(({ x, y }): uPlot.AlignedData => [x as unknown as number[], Array.from(y, shown)]);
  return tables.length ? uPlot.join(tables) : [[]];
}

function options({ logX, logY, range, label, lines }: Drawn, width: number, height: number, now: () => Line[], drawn: () => void): uPlot.Options {
  const { soft, line, type } = colours.value;
  const lined = { stroke: line, width: 1 };
  const all = (_: uPlot, splits: number[]) => splits;
  const axis = { stroke: soft, grid: lined, ticks: { ...lined, size: 5 }, font: `${type}px system-ui, sans-serif`, filter: all };
  const upTo = (most: number) => (most < 10 ? [0, ...ticks(1, most, 5)] : [0, ...exponents(0, Math.log10(most), 6).map((each) => 10 ** each)]);
  return {
    width,
    height,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 10 + textWidth(lines.map((each) => each.label), type), 0, 0],
    scales: {
      x: { time: false, range: (_, least, most) => [least, Math.max(most, least + 1)], ...(logX ? { distr: 4 as const, asinh: 1 } : {}) },
      y: { range: () => range ?? extent(now(), logY) },
    },
    axes: [
      {
        ...axis, size: 1.9 * type, gap: 2,
        ...(logX ? { splits: (_plot: uPlot, _axis: number, _least: number, most: number) => upTo(most) } : {}),
        values: (_, splits) => splits.map((value) => (Number.isInteger(value) ? value.toLocaleString("en") : "")),
      },
      {
        ...axis, size: 4.4 * type, label, labelSize: 1.5 * type, labelFont: `${type}px system-ui, sans-serif`, gap: 3,
        ...(logY ? { splits: (_plot: uPlot, _axis: number, least: number, most: number) => exponents(least, most, height / 30) } : {}),
        values: (_, splits) => splits.map((value) => (logY ? power(value) : written(value))),
      },
    ],
    series: [
      {},
      ...lines.map(({ colour, dash, width: stroke }) => ({ stroke: colour, width: stroke ?? 2, ...(dash ? { dash } : {}), spanGaps: true, points: { show: false } })),
    ],
    hooks: { draw: [(plot) => name(plot, now()), drawn] }, // after uPlot has settled the scales, which it does later than setData
  };
}

/** Write each line's name at its end, none over another. */
function name(plot: uPlot, lines: Line[]): void {
  const { ctx: context, bbox } = plot;
  const dense = devicePixelRatio || 1;
  const type = colours.value.type * dense * 0.92;
  const ends = lines
    .flatMap((line, index) => {
      const values = plot.data[index + 1] ?? [];
      let last = values.length - 1;
      while (last >= 0 && values[last] == null) last--;
      if (last < 0) return [];
      const y = plot.valToPos(values[last]!, "y", true);
      const x = plot.valToPos(plot.data[0][last]!, "x", true);
      return [{ line, x, y: Math.min(bbox.top + bbox.height, Math.max(bbox.top, y)) }];
    })
    .sort((a, b) => a.y - b.y);
  ends.forEach((end, i) => {
    if (i > 0) end.y = Math.max(end.y, ends[i - 1]!.y + type * 1.1);
  });
  for (let i = ends.length - 1, floor = bbox.top + bbox.height; i >= 0; i--) {
    ends[i]!.y = Math.min(ends[i]!.y, floor);
    floor = ends[i]!.y - type * 1.1;
  }
  context.save();
  context.font = `${type}px system-ui, sans-serif`;
  context.textBaseline = "middle";
  context.textAlign = "left";
  for (const { line, x, y } of ends) {
    context.fillStyle = line.colour;
    context.fillText(line.label, Math.min(x, bbox.left + bbox.width) + 4 * dense, y);
  }
  context.restore();
}
