/** The page in a notebook, as an anywidget: its model is the engine, and what Python sets, the page shows. */
import { effect } from "@preact/signals-core";
import "./style/base.css";
import "./notebook.css";
import { mountCompare } from "./compare/compare";
import { mountSeeds } from "./compare/seeds";
import type { Settings } from "./contract";
import { mountControls } from "./controls/panel";
import { mountStories } from "./controls/stories";
import { engine } from "./engine";
import { mountInside } from "./inside/inside";
import { same } from "./state";
import { cursor, epoch, recording, schema, settings } from "./store";
import { type Mount, mountPanels } from "./take/panels";
import { mountTake } from "./take/take";
import { trainAlong } from "./train";
import { source } from "./views/colours";
import { mountCurves } from "./views/curves";
import { mountDrawing } from "./views/drawing";
import { mountGradients } from "./views/gradients";
import { mountHistograms } from "./views/histograms";
import { mountPlane } from "./views/plane";
import { mountTimeline } from "./views/timeline";
import { mountWords } from "./views/words";
import { type Model, WidgetBackend } from "./widget_backend";

/** The build puts the style sheet here. */
declare const __STYLE__: string;

/** Milliseconds for which the page's own changes gather before Python hears of them. */
const PAUSE = 100;

async function render({ model, el }: { model: Model; el: HTMLElement }): Promise<() => void> {
  const root = el.attachShadow({ mode: "open" });
  const style = new CSSStyleSheet();
  style.replaceSync(__STYLE__);
  root.adoptedStyleSheets = [style];
  el.classList.add("chainrule-playground");
  el.dataset.theme = isDark() ? "dark" : "light";
  source.value = el;
  // What the page has keys for is not for the notebook to hear: "a" and arrows there make and move cells.
  const keep = (event: Event) => event.stopPropagation();
  el.addEventListener("keydown", keep);

  const backend = new WidgetBackend(model);
  engine.value = backend;
  schema.value = await backend.schema();
  settings.value = model.get("settings") as Settings;
  const main = document.createElement("main");
  const areas: Record<string, Mount>[] = [
    { stories: mountStories },
    { controls: mountControls },
    { plane: mountPlane, timeline: mountTimeline, curves: mountCurves, words: mountWords },
    { drawing: mountDrawing, gradients: mountGradients, histograms: mountHistograms },
    { inside: mountInside },
    { compare: mountCompare, seeds: mountSeeds },
    { take: (body) => mountTake(body, { link: false, part: (name) => backend.part(name) }) },
  ];
  root.append(main);
  const stops = [
    trainAlong(backend),
    settingsBothWays(model),
    epochBothWays(model),
    ...areas.map((parts) => {
      const area = document.createElement("div");
      area.className = "area";
      main.append(area);
      return mountPanels(area, parts);
    }),
  ];
  return () => {
    for (const stop of stops) stop();
    backend.close();
    el.removeEventListener("keydown", keep);
  };
}

/** Whether the notebook is dark, by what JupyterLab and VS Code say of themselves, or else by what the reader likes. */
function isDark(): boolean {
  const { jpThemeLight, vscodeThemeKind } = document.body.dataset;
  if (jpThemeLight) return jpThemeLight === "false";
  if (vscodeThemeKind) return !vscodeThemeKind.includes("light");
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Tell Python what the page says now; many changes at once are one message. */
function saying(model: Model): { say: (name: string, value: unknown) => void; stop: () => void } {
  let timer = 0;
  const say = (name: string, value: unknown) => {
    if (same(model.get(name), value)) return;
    model.set(name, value);
    clearTimeout(timer);
    timer = window.setTimeout(() => model.save_changes(), PAUSE);
  };
  return { say, stop: () => clearTimeout(timer) };
}

function settingsBothWays(model: Model): () => void {
  const { say, stop } = saying(model);
  const hear = () => {
    const value = model.get("settings") as Settings;
    if (!same(value, settings.value)) settings.value = value;
  };
  model.on("change:settings", hear);
  const watch = effect(() => {
    if (settings.value) say("settings", settings.value);
  });
  return () => {
    watch();
    stop();
    model.off("change:settings", hear);
  };
}

/** The epoch under the cursor; −1 is the last one, however many there are. */
function epochBothWays(model: Model): () => void {
  const { say, stop } = saying(model);
  const hear = () => void (cursor.value = momentAt(model.get("epoch") as number));
  model.on("change:epoch", hear);
  let asked = model.get("epoch") as number;
  const watch = effect(() => {
    const run = recording.value;
    if (!run?.end) return;
    // What Python asked for before there was a run is looked for in the first one.
    if (asked >= 0) cursor.value = momentAt(asked);
    asked = -1;
    say("epoch", cursor.value < 0 ? -1 : epoch.value);
  });
  return () => {
    watch();
    stop();
    model.off("change:epoch", hear);
  };
}

/** The moment nearest to an epoch. */
function momentAt(wanted: number): number {
  const run = recording.value;
  if (!run || wanted < 0) return -1;
  const epochs = run.moments.epoch!.values;
  let best = 0;
  for (let at = 1; at < epochs.length; at++) {
    if (Math.abs(epochs[at]! - wanted) < Math.abs(epochs[best]! - wanted)) best = at;
  }
  return best;
}

export default { render };
