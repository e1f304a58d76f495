/** The line that says how the run stands: for the eye at once, for the ear when it has come to rest. */
import { computed, effect } from "@preact/signals-core";
import { html, nothing, render } from "lit-html";
import { misunderstood } from "./address";
import { told } from "./sentences";
import { epoch, failure, moment, notice, recording } from "./store";
import { onFrame } from "./views/frame";
import { say } from "./words";

/** Milliseconds of rest before the line is read out. */
const REST = 1200;

const spaced = (value: number): string => value.toLocaleString("en");
/** A number as a sentence has it: two significant digits and more, none that only flickers. */
const short = (value: number): string =>
  Math.abs(value) >= 1e-4 && Math.abs(value) < 1e4 ? String(Number(value.toPrecision(3))) : value.toExponential(1);

/** The run at the moment that is shown, in words. */
const line = computed(() => {
  const run = recording.value;
  const row = moment.value;
  if (!run || row < 0) return say("page.status_none");
  const of = (name: string) => run.moments[name]?.values[row] ?? NaN;
  const parts = [say("page.status_epoch", { epoch: spaced(epoch.value), epochs: spaced(run.start.epochs) })];
  parts.push(say("page.status_loss", { loss: short(of("loss")) }));
  if (of("val_loss") === of("val_loss")) parts.push(say("page.status_val_loss", { loss: short(of("val_loss")) }));
  if (of("accuracy") === of("accuracy"))
    parts.push(say("page.status_accuracy", { accuracy: short(100 * of("accuracy")) }));
  if (run.end)
    parts.push(
      say("page.status_time", { time: duration(run.end.seconds), engine: say(`page.engine.${run.end.engine}`) }),
    );
  return parts.join(say("page.comma"));
});

function duration(seconds: number): string {
  return seconds < 1
    ? say("page.milliseconds", { n: short(1000 * seconds) })
    : say("page.seconds", { n: short(seconds) });
}

/** Show the line in `root`; `connected` is whether there is a server. */
export function mountStatus(root: HTMLElement, connected: () => boolean): () => void {
  const seen = document.createElement("p");
  seen.className = "status-line digits";
  const heard = document.createElement("p");
  heard.className = "unseen";
  heard.setAttribute("role", "status");
  const trouble = document.createElement("div");
  trouble.className = "troubles";
  root.append(seen, heard, trouble);
  let timer = 0;
  const stops = [
    onFrame(root, () => void (seen.textContent = line.value)),
    effect(() => {
      const now = line.value;
      clearTimeout(timer);
      timer = setTimeout(() => (heard.textContent = now), REST);
    }),
    effect(() => void render(troubles(connected()), trouble)),
  ];
  return () => {
    clearTimeout(timer);
    for (const stop of stops) stop();
    root.replaceChildren();
  };
}

function troubles(connected: boolean) {
  return html`
    ${connected ? nothing : html`<p class="trouble" role="alert">${say("notices.gone")}</p>`}
    ${connected && failure.value ? html`<p class="trouble" role="alert">${told(failure.value.message)}</p>` : nothing}
    ${notice.value ? html`<p class="trouble-less" role="status">${say(`notices.${notice.value.code}`)}</p>` : nothing}
    ${
      misunderstood.value.length
        ? html`<p class="trouble-less" role="status">
            ${say("notices.misunderstood", { names: misunderstood.value.slice(0, 5).join(", ") })}
            <button type="button" @click=${() => (misunderstood.value = [])}>${say("notices.well")}</button>
          </p>`
        : nothing
    }
  `;
}
