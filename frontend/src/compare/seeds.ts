/** Many at once: the same run from many seeds, the fan of their losses, and how many of them solve the task. */
import { effect, signal } from "@preact/signals-core";
import { html, nothing, render } from "lit-html";
import type { Failure, Frame, Seeds, Settings } from "../contract";
import { engine } from "../engine";
import { told } from "../sentences";
import { settings } from "../store";
import { colours } from "../views/colours";
import { onFrame } from "../views/frame";
import { fitted, sizeOf } from "../views/size";
import { say } from "../words";
import "./compare.css";
import { curveOf, type Fan, nearest, runAt } from "./fan";
import { drawFan } from "./fan_picture";
import { digits } from "./values";
import { wilson } from "./wilson";

export const COUNTS = [20, 100, 500];
const HEIGHT = 240;

interface Found {
  of: Settings;
  header: Seeds;
  fan: Fan;
}

export function mountSeeds(root: HTMLElement): () => void {
  const count = signal(100);
  const running = signal<Settings | null>(null);
  const found = signal<Found | null>(null);
  const failed = signal("");
  const chosen = signal(-1);
  let axes: ReturnType<typeof drawFan> = null;

  function begin(): void {
    const of = settings.value;
    if (!of || !engine.value) return;
    running.value = of;
    found.value = null;
    failed.value = "";
    chosen.value = -1;
    engine.value.seeds(of, count.value, (frame) => running.value === of && hear(of, frame));
  }

  function hear(of: Settings, { header, arrays }: Frame): void {
    if (header.type === "error") {
      failed.value = (header as Failure).message;
      running.value = null;
    } else if (header.type === "seeds") {
      found.value = { of, header, fan: { epoch: arrays.epoch!.values, loss: arrays.loss!.values, seeds: arrays.seed!.values } };
      if (header.done === header.of) running.value = null;
    }
  }

  function cancel(): void {
    engine.value?.cancel();
    running.value = null;
  }

  /** The run of this curve on the page: the same settings with its seed. */
  function take(run: number): void {
    const it = found.value;
    if (!it || run < 0) return;
    chosen.value = run;
    settings.value = { ...it.of, seed: it.fan.seeds[run]! };
  }

  const stops = [
    // A new run ends what the engine was doing: the fan stays as far as it came.
    effect(() => {
      const now = settings.value;
      if (running.peek() && now !== running.peek()) running.value = null;
    }),
    effect(() => void render(panel(), root)),
  ];
  const { size, stop: stopSize } = sizeOf(root);
  stops.push(
    stopSize,
    onFrame(root, () => {
      const { width } = size.value;
      const it = found.value;
      const words = { epoch: say("compare.epoch"), loss: say("compare.loss") };
      const canvas = root.querySelector("canvas");
      axes = canvas && it ? drawFan(fitted(canvas, width, HEIGHT), { width, height: HEIGHT }, it.fan, chosen.value, words, colours.value) : null;
    }),
  );

  function panel() {
    const it = found.value;
    const busy = running.value !== null;
    return html`
      <div class="seeds-head">
        <button id="seeds" class="primary" ?disabled=${busy || !settings.value || !engine.value?.trains} @click=${begin}>
          ${say("compare.seeds", { n: count.value })}
        </button>
        <label>
          ${say("compare.how_many")}
          <select id="seeds-count" ?disabled=${busy} @change=${(event: Event) => (count.value = Number((event.target as HTMLSelectElement).value))}>
            ${COUNTS.map((each) => html`<option value=${each} ?selected=${each === count.value}>${each}</option>`)}
          </select>
        </label>
        ${busy ? html`<button id="seeds-cancel" @click=${cancel}>${say("compare.cancel")}</button>` : nothing}
        <span class="soft small">${it || busy ? nothing : say("compare.seeds_about")}</span>
      </div>
      ${failed.value ? html`<p class="seeds-failed" role="alert">${told(failed.value)}</p>` : nothing}
      ${busy
        ? html`<p>
            <progress max=${it?.header.of ?? 1} value=${it?.header.done ?? 0} aria-label=${say("compare.progress")}></progress>
            <span class="small soft">${it ? progress(it.header) : say("compare.begins")}</span>
          </p>`
        : nothing}
      ${it && !it.header.done && !busy && !failed.value ? html`<p role="status">${say("compare.stopped")}</p>` : nothing}
      ${it?.header.done ? result(it, busy) : nothing}`;
  }

  function result(it: Found, busy: boolean) {
    return html`
      <p class="seeds-share" role="status">${busy ? nothing : share(it.header)}</p>
      <canvas class="seeds-fan" role="img" aria-label=${say("compare.fan", { n: it.fan.seeds.length })} @click=${pick}></canvas>
      <div class="seeds-foot small">
        <span class="soft">${say("compare.take")}</span>
        ${([["best", 0], ["median", 0.5], ["worst", 1]] as const).map(
          ([name, at]) => html`<button data-seed=${name} ?disabled=${busy} @click=${() => take(runAt(it.fan, at))}>${say(`compare.${name}`)}</button>`,
        )}
        <span role="status">
          ${chosen.value < 0
            ? nothing
            : say("compare.chosen", { seed: it.fan.seeds[chosen.value]!, loss: digits(curveOf(it.fan, chosen.value).at(-1)) })}
        </span>
      </div>`;
  }

  function pick(event: MouseEvent): void {
    const it = found.value;
    if (!it || !axes || running.value) return;
    const run = nearest(it.fan, axes.across, axes.up, event.offsetX, event.offsetY);
    if (run >= 0) take(run);
  }

  return () => {
    for (const stop of stops) stop();
    render(nothing, root);
  };
}

/** How many have run, and how long the others will take. */
function progress({ done, of, seconds_left: left }: Seeds): string {
  return left === null ? say("compare.begun", { done, of }) : say("compare.so_far", { done, of, seconds: Math.ceil(left) });
}

/** How many solve it, and how sure that share is. */
function share({ solved, done }: Seeds): string {
  if (solved === null) return say("compare.finished", { done });
  const [low, high] = wilson(solved, done).map((each) => Math.round(100 * each)) as [number, number];
  return say("compare.solved", { solved, done, low, high });
}
