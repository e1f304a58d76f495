/** The plane: what the network makes of every point of it, the samples, and the hand that moves them. */
import { computed, effect, signal } from "@preact/signals-core";
import { html, render } from "lit-html";
import { pen } from "../controls/pen";
import { epoch, numbers, recording, selection, settings } from "../store";
import { say } from "../words";
import { Forward } from "../network/forward";
import { CLASSES, colours } from "./colours";
import { onFrame } from "./frame";
import { addPoint, deletePoint, movePoint, nearest, ownPoints } from "./own_points";
import { drawAxes, drawPlane, Place, type Sample } from "./plane_picture";
import { legend } from "./plane_legend";
import { describePoint, summary } from "./plane_words";
import { shadingOf } from "./shading";
import { fitted, sizeOf } from "./size";
import { start, surface } from "./surface";
import "./plane.css";

/** How near a press must be to a sample, in pixels: a finger is wider than a mouse. */
const REACH = { mouse: 11, pen: 14, touch: 22 };

/** The samples as they are now: points of one's own at once, before a run has come back with them. */
const samples = computed<Sample[]>(() => {
  const run = recording.value;
  const own = ownPoints();
  const regression = own ? settings.value!.own_task === "regression" : run?.start.task === "regression";
  const kindOf = (y: number) => (regression ? 0 : run?.start.task === "classes" || own ? Math.round(y) : y > 0 ? 1 : 0);
  const { X, y, validation } = run ?? {};
  const held = (index: number) => validation?.values[index] === 1;
  if (own && (!X || own.length !== X.shape[0] || run!.settings.data === "own")) {
    return own.map(([x1, x2, value], i) => ({ x1, x2, y: value, kind: kindOf(value), validation: held(i) }));
  }
  if (!X || !y) return [];
  return Array.from(y.values, (value, i) => {
    return { x1: X.values[2 * i]!, x2: X.values[2 * i + 1]!, y: value, kind: kindOf(value), validation: held(i) };
  });
});

export function mountPlane(root: HTMLElement): () => void {
  root.classList.add("plane");
  render(
    html`<div class="plane-stage"><canvas class="plane-axes" aria-hidden="true"></canvas><canvas class="plane-surface" tabindex="0" role="application" aria-describedby="plane-keys"></canvas></div>
      <p class="plane-readout small" role="status"></p>
      <p class="plane-keys small soft" id="plane-keys"></p>
      <div class="plane-legend small"></div>`,
    root,
  );
  const canvas = root.querySelector<HTMLCanvasElement>(".plane-surface")!;
  const readout = root.querySelector<HTMLElement>(".plane-readout")!;
  const { size, stop: unwatch } = sizeOf(root.querySelector(".plane-stage")!);
  const pointed = signal<[number, number] | null>(null);
  const cross = signal<[number, number] | null>(null);
  const one = computed(() => (start.value ? new Forward(start.value) : null));
  const domain = computed(() => start.value?.domain ?? ([-1, 1, -1, 1] as const));
  const place = computed(() => {
    const [left, right, bottom, top] = domain.value;
    const width = size.value.width;
    const height = Math.min(width * 1.1, Math.max(width * 0.5, (width * (top - bottom)) / (right - left)));
    const type = colours.value.type;
    return new Place(width, Math.round(height), [left, right, bottom, top], Math.round(2.6 * type), Math.round(1.2 * type + 8));
  });
  const shading = computed(() => (surface.value ? shadingOf(surface.value, selection.value, recording.peek()!.y.values) : null));
  const chosen = () => (selection.value?.kind === "sample" ? selection.value.sample : -1);

  function colourOf(sample: Sample): string {
    if (start.value?.task !== "regression") return colours.value.classes[sample.kind % CLASSES]!;
    const { low, high } = shading.value ?? { low: 0, high: 1 };
    const pixel = colours.value.ramp[Math.round(255 * Math.min(1, Math.max(0, (sample.y - low) / (high - low))))]!;
    return `rgb(${pixel & 255} ${(pixel >> 8) & 255} ${(pixel >> 16) & 255})`;
  }

  const axes = root.querySelector<HTMLCanvasElement>(".plane-axes")!;
  const stops = [
    onFrame(root, () => drawAxes(fitted(axes, place.value.width, place.value.height), place.value, colours.value)),
    onFrame(root, () => {
      const context = fitted(canvas, place.value.width, place.value.height);
      const edge = start.value?.task === "regression" ? { ...colours.value, card: colours.value.ink } : colours.value;
      drawPlane(context, {
        place: place.value, shading: shading.value, colours: edge, samples: samples.value, colourOf, selected: chosen(), cross: cross.value,
      });
      canvas.setAttribute("aria-label", summary(samples.value.length, epoch.value));
    }),
    onFrame(root, () => {
      const at = cross.value ?? pointed.value;
      const outputs = at && one.value && surface.value ? one.value.of(numbers.value, Float64Array.from(at)) : null;
      const near = at ? sampleAt(...pixels(at), REACH.mouse) : chosen();
      readout.textContent = describePoint(at, outputs, near, samples.value[near]);
    }),
    effect(() => {
      root.querySelector(".plane-keys")!.textContent = say(ownPoints() ? "views.plane_keys_own" : "views.plane_keys");
      canvas.dataset.tool = ownPoints() ? pen.value.tool : "look";
    }),
    onFrame(root, () => render(legend(shading.value, samples.value), root.querySelector<HTMLElement>(".plane-legend")!)),
  ];

  const pixels = ([x1, x2]: readonly [number, number]): [number, number] => [place.value.x(x1), place.value.y(x2)];
  const sampleAt = (x: number, y: number, reach: number) =>
    nearest(samples.value, ({ x1, x2 }) => Math.hypot(place.value.x(x1) - x, place.value.y(x2) - y), reach);
  const choose = (sample: number) => (selection.value = sample < 0 ? null : { kind: "sample", sample });

  /** Do with the pen what it does at this place; returns the point that is held from now on, or −1. */
  function act(at: [number, number], reach: number): number {
    const near = sampleAt(...pixels(at), reach);
    const tool = ownPoints() ? pen.value.tool : "move";
    if (tool === "add" && near < 0) {
      const added = addPoint(...at, pen.value.y);
      if (added < 0) readout.textContent = say("views.plane_full");
      choose(added);
      return added;
    }
    if (tool === "delete" && near >= 0) {
      deletePoint(near);
      choose(-1);
      return -1;
    }
    choose(near);
    return ownPoints() ? near : -1;
  }

  let held = -1;
  let frozen: Place | null = null; // the domain may follow the points: a drag stays in that of its beginning
  const position = (event: PointerEvent): [number, number] => {
    const box = canvas.getBoundingClientRect();
    return (frozen ?? place.value).at(event.clientX - box.left, event.clientY - box.top);
  };
  canvas.addEventListener("pointerdown", (event) => {
    cross.value = null;
    held = act(position(event), REACH[event.pointerType as keyof typeof REACH] ?? REACH.mouse);
    if (held < 0) return;
    frozen = place.value;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    pointed.value = position(event);
    if (held >= 0 && frozen) movePoint(held, ...pointed.value);
  });
  const release = () => {
    held = -1;
    frozen = null;
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("pointerleave", () => (pointed.value = null));
  canvas.addEventListener("blur", () => {
    cross.value = null;
    release();
  });

  const steps: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [left, right, bottom, top] = domain.value;
    const at = cross.value ?? [(left + right) / 2, (bottom + top) / 2];
    const step = steps[event.key];
    if (step) {
      const share = event.shiftKey ? 0.1 : 0.02;
      const inside = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
      cross.value = [
        inside(at[0] + step[0] * share * (right - left), left, right),
        inside(at[1] + step[1] * share * (top - bottom), bottom, top),
      ];
      if (held >= 0) movePoint(held, ...cross.value);
    } else if (event.key === "Enter" || event.key === " ") {
      cross.value = at;
      const taken = held >= 0 ? -1 : act(at, REACH.touch);
      held = pen.value.tool === "move" ? taken : -1;
    } else if (event.key === "[" || event.key === "]") {
      const n = samples.value.length;
      if (n === 0) return;
      const next = (chosen() + (event.key === "]" ? 1 : -1) + n) % n;
      choose(Math.max(0, next));
      cross.value = [samples.value[Math.max(0, next)]!.x1, samples.value[Math.max(0, next)]!.x2];
    } else if ((event.key === "Delete" || event.key === "Backspace") && ownPoints() && chosen() >= 0) {
      deletePoint(chosen());
      choose(-1);
    } else if (event.key === "Escape") {
      choose(-1);
      release();
    } else return;
    event.preventDefault();
  });

  return () => {
    for (const stop of stops) stop();
    unwatch();
    render(null, root);
  };
}
