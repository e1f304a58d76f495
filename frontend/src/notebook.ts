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
import { markDrawn, trainAlong } from "./train";
import { spoken, view } from "./view";
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

/** The views that show the widget, the newest last: one for each cell that it was put out in. They share the page's
 * state, for the script is loaded anew for each widget and once for all its views. */
const views: HTMLElement[] = [];
let stopTraining: (() => void) | null = null;

/** The page's state, once the kernel has said what the fields are. */
let begun: Promise<WidgetBackend>;

/** Once for a widget, before its first view. A view's own model hears nothing more when that view is gone; and this one
 * hears nothing before this is over, so it waits for nothing. */
function initialize({ model }: { model: Model }): () => void {
  view.language.value = spoken(navigator.languages);
  const backend = new WidgetBackend(model);
  engine.value = backend;
  const stops = [() => backend.close()];
  const begin = async () => {
    schema.value = await backend.schema();
    settings.value = model.get("settings") as Settings;
    stops.push(settingsBothWays(model), epochBothWays(model));
    return backend;
  };
  begun = begin();
  return () => stops.forEach((stop) => stop());
}

async function render({ el }: { el: HTMLElement }): Promise<() => void> {
  const backend = await begun;
  const root = el.attachShadow({ mode: "open" });
  const style = new CSSStyleSheet();
  style.replaceSync(__STYLE__);
  root.adoptedStyleSheets = [style];
  el.classList.add("chainrule-playground");
  // What the page has keys for is not for the notebook to hear: "a" and arrows there make and move cells.
  const keep = (event: Event) => event.stopPropagation();
  el.addEventListener("keydown", keep);
  const main = document.createElement("main");
  root.append(main);
  const areas: Record<string, Mount>[] = [
    { stories: mountStories },
    { controls: mountControls },
    { plane: mountPlane, timeline: mountTimeline, curves: mountCurves, words: mountWords },
    { drawing: mountDrawing, gradients: mountGradients, histograms: mountHistograms },
    { inside: mountInside },
    { compare: mountCompare, seeds: mountSeeds },
    { take: (body) => mountTake(body, { link: false, part: (name) => backend.part(name) }) },
  ];
  const stops = [
    followTheme(el),
    ...areas.map((parts) => {
      const area = document.createElement("div");
      area.className = "area";
      main.append(area);
      return mountPanels(area, parts);
    }),
    markDrawn(el),
    effect(() => void (el.lang = view.language.value)),
  ];
  views.push(el);
  stopTraining ??= trainAlong(backend);
  return () => {
    for (const stop of stops) stop();
    el.removeEventListener("keydown", keep);
    views.splice(views.indexOf(el), 1);
    if (views.length) return void (source.value = views.at(-1)!);
    stopTraining?.();
    stopTraining = null;
  };
}

/** Dark or light as the notebook is, which may change its mind. */
function followTheme(el: HTMLElement): () => void {
  const dress = () => (el.dataset.theme = isDark() ? "dark" : "light");
  dress();
  const attributeFilter = ["data-jp-theme-light", "data-vscode-theme-kind"];
  const watched = new MutationObserver(dress);
  watched.observe(document.body, { attributes: true, attributeFilter });
  const liking = matchMedia("(prefers-color-scheme: dark)");
  liking.addEventListener("change", dress);
  // Its colours can be read when it has its place among the cells, which it gets after it was made.
  const placed = new ResizeObserver(() => el.isConnected && (source.value = el));
  placed.observe(el);
  return () => {
    watched.disconnect();
    liking.removeEventListener("change", dress);
    placed.disconnect();
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
    clearTimeout(timer);
    if (same(model.get(name), value)) return;
    timer = window.setTimeout(() => {
      model.set(name, value);
      model.save_changes();
    }, PAUSE);
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
  let said = NaN;
  const tell = () => {
    if (!recording.value?.end) return;
    said = cursor.value < 0 ? -1 : epoch.value;
    say("epoch", said);
  };
  const hear = () => {
    const wanted = model.get("epoch") as number;
    if (wanted === said) return;
    view.epoch.value = wanted < 0 ? null : wanted;
    tell(); // the cursor may stand there already, next to what was asked for
  };
  hear();
  model.on("change:epoch", hear);
  const watch = effect(tell);
  return () => {
    watch();
    stop();
    model.off("change:epoch", hear);
  };
}

export default { initialize, render };
