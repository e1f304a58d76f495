/** Loss and accuracy over the epochs, of this run and as ghosts of those that are pinned. */
import { effect } from "@preact/signals-core";
import { html, nothing, render } from "lit-html";
import { epoch, moment, pins, type Recording, recording } from "../store";
import { view } from "../view";
import { say } from "../words";
import { mountChart, type Drawn, type Line } from "./chart";
import { colours } from "./colours";
import { onFrame } from "./frame";
import { written } from "./ticks";

/** Pinned runs, told apart by dashes as well as by their letters. */
export const GHOSTS = [
  { letter: "A", dash: [8, 4] },
  { letter: "B", dash: [2, 3] },
  { letter: "C", dash: [10, 3, 2, 3] },
  { letter: "D", dash: [4, 6] },
];

const has = (run: Recording, name: string) => run.moments[name]?.values.some((value) => !Number.isNaN(value)) ?? false;

/** What a run has of a quantity: its training line and, where there is one, that of validation. */
function ofRun(run: Recording, name: "loss" | "accuracy"): Line[] {
  const { epoch: x } = run.moments;
  if (!x) return [];
  const { classes } = colours.value;
  const dense = name === "loss" && run.curve.epoch.length > 0;
  const training = { label: say("views.training"), colour: classes[0]!, x: dense ? run.curve.epoch : x.values, y: dense ? run.curve.loss : run.moments[name]!.values };
  const held = `val_${name}`;
  if (!has(run, held)) return [training];
  return [training, { label: say("views.validation"), colour: classes[4]!, dash: [6, 3], x: x.values, y: run.moments[held]!.values }];
}

function ghostsOf(name: "loss" | "accuracy"): Line[] {
  return pins.value.flatMap((run, index) => {
    const [training] = ofRun(run, name);
    const { letter, dash } = GHOSTS[index % GHOSTS.length]!;
    return training && has(run, name) ? [{ ...training, label: letter, dash, colour: colours.value.soft, width: 1.5, ghost: true }] : [];
  });
}

function drawn(name: "loss" | "accuracy"): Drawn {
  const run = recording.value;
  const lines = [...ghostsOf(name), ...(run ? ofRun(run, name) : [])];
  const percent = name === "accuracy";
  return { lines, logX: view.epochs.value === "log", logY: !percent && view.losses.value === "log", ...(percent ? { range: [-0.03, 1.03] as [number, number] } : {}), label: say(`views.${name}`) };
}

export function mountCurves(root: HTMLElement): () => void {
  root.classList.add("curves");
  render(
    html`<div class="chart-head small"><p class="curves-now digits"></p><div class="chart-options"></div></div>
      <div class="curves-loss" role="img"></div>
      <div class="curves-accuracy" role="img"></div>
      <p class="chart-note small soft"></p>`,
    root,
  );
  const part = (name: string) => root.querySelector<HTMLElement>(`.${name}`)!;
  const accuracy = part("curves-accuracy");
  const stops = [
    effect(() => {
      accuracy.hidden = !recording.value || recording.value.start.task === "regression" || !has(recording.value, "accuracy");
    }),
    effect(() => void render(options(), part("chart-options"))),
    onFrame(root, () => {
      part("curves-now").textContent = now();
      part("chart-note").textContent = say("views.drag_chart");
      for (const name of ["loss", "accuracy"] as const) part(`curves-${name}`).setAttribute("aria-label", described(name));
    }),
    mountChart(part("curves-loss"), 220, () => drawn("loss")),
    mountChart(accuracy, 150, () => drawn("accuracy")),
  ];
  return () => {
    for (const stop of stops) stop();
    render(nothing, root);
  };
}

/** The numbers at the cursor. */
function now(): string {
  const run = recording.value;
  if (!run || moment.value < 0) return "";
  const parts = (["loss", "val_loss", "accuracy", "val_accuracy"] as const).flatMap((name) => {
    const value = run.moments[name]?.values[moment.value];
    if (value === undefined || (Number.isNaN(value) && !has(run, name))) return [];
    return [`${say(`views.${name}`)} ${name.endsWith("accuracy") ? `${written(100 * value)} %` : written(value, 4)}`];
  });
  return parts.join(" · ");
}

function described(name: "loss" | "accuracy"): string {
  const values = recording.value?.moments[name]?.values;
  if (!values?.length) return say("views.plane_empty");
  return say("views.curve_described", { what: say(`views.${name}`), first: written(values[0]!), last: written(values.at(-1)!), now: written(values[moment.value] ?? NaN), epoch: epoch.value });
}

function options() {
  const log = (name: "epochs" | "losses") => html`<label>
    <input type="checkbox" .checked=${view[name].value === "log"} @change=${(event: Event) => (view[name].value = (event.target as HTMLInputElement).checked ? "log" : "linear")} />
    ${say(`views.log_${name}`)}
  </label>`;
  return html`${log("epochs")} ${log("losses")}`;
}
