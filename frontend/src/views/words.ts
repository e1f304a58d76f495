/** What is to be said about a run: what went wrong and what to try, a failure, or what takes a moment longer. */
import { effect } from "@preact/signals-core";
import { html, nothing, render } from "lit-html";
import type { Finding } from "../contract";
import { told } from "../sentences";
import { failure, findings, notice, recording, selection } from "../store";
import { say } from "../words";
import { written } from "./ticks";
import "./words.css";

/** Findings that nothing needs to be done about. */
const GOOD = new Set(["solved", "fitted"]);

export function mountWords(root: HTMLElement): () => void {
  root.classList.add("words");
  root.setAttribute("role", "status");
  const stop = effect(() => void render(content(), root));
  return () => {
    stop();
    render(nothing, root);
  };
}

function content() {
  const end = recording.value?.end;
  return html`
    ${failure.value ? html`<p class="words-failure">${say("views.failed")} ${told(failure.value.message)}</p>` : nothing}
    ${notice.value ? html`<p class="soft">${say(`notices.${notice.value.code}`)}</p>` : nothing}
    ${findings.value.length ? html`<ul class="words-findings">${findings.value.map(finding)}</ul>` : nothing}
    ${end ? html`<p class="small soft">${ended(end.how, end.seconds)}</p>` : nothing}
  `;
}

/** What happened, why, and what to try; with a way to the layer it is about. */
function finding({ code, values, layer }: Finding) {
  const filled = filledIn(values);
  const part = (name: string) => {
    const text = say(`findings.${code}.${name}`, filled);
    return text === `${code}.${name}` ? nothing : text;
  };
  const show = () => (selection.value = { kind: "unit", layer: layer!, unit: 0 });
  return html`<li data-finding=${code} class=${GOOD.has(code) ? "words-good" : ""}>
    <p><strong>${say(`findings.${code}`, filled)}</strong> ${part("why")}</p>
    <p class="words-try">${part("try")}</p>
    ${layer && recording.value?.start.layers[layer - 1] ? html`<button type="button" @click=${show}>${say("views.show_layer", { layer })}</button>` : nothing}
  </li>`;
}

/** Numbers as sentences have them: few digits. */
export function filledIn(values: Finding["values"]): Record<string, string> {
  const entries = Object.entries(values).map(([name, value]) => [name, typeof value === "number" ? spoken(value) : value]);
  return Object.fromEntries(entries);
}

const spoken = (value: number) => (Number.isInteger(value) && Math.abs(value) < 1e7 ? value.toLocaleString("en") : written(value));

function ended(how: string, seconds: number): string {
  const time = seconds < 1 ? say("views.milliseconds", { count: written(1000 * seconds, 2) }) : say("views.seconds", { count: written(seconds, 2) });
  return say(`views.ended_${how}`, { time });
}
