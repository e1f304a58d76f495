/** The time cursor: a slider through the moments of a run, early ones as wide as late ones, and a button that plays it. */
import { effect, signal } from "@preact/signals-core";
import { html, render } from "lit-html";
import { epoch, moment, recording } from "../store";
import { say } from "../words";
import { onFrame } from "./frame";
import { keepEpoch, standOn } from "./time";
import "./timeline.css";

/** How long playing a whole run takes, in milliseconds. */
const DURATION = 6000;
/** Pictures a second for those who would rather not see movement. */
const CALM = 2;

export function mountTimeline(root: HTMLElement): () => void {
  root.classList.add("timeline");
  const playing = signal(false);
  let asked = 0;
  let begun = 0;
  let from = 0;

  function play(): void {
    const run = recording.peek();
    if (!run) return;
    from = moment.peek() >= run.count - 1 ? 0 : moment.peek();
    begun = performance.now();
    playing.value = true;
    standOn(from);
    asked = requestAnimationFrame(advance);
  }
  function pause(): void {
    playing.value = false;
    cancelAnimationFrame(asked);
  }
  function advance(now: number): void {
    const last = (recording.peek()?.count ?? 1) - 1;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    let passed = Math.max(0, now - begun);
    if (calm) passed = (Math.floor((passed * CALM) / 1000) * 1000) / CALM;
    const next = Math.min(last, from + Math.floor((passed / DURATION) * last));
    if (next !== moment.peek()) standOn(next);
    if (next >= last) pause();
    else asked = requestAnimationFrame(advance);
  }
  const move = (event: Event) => {
    pause();
    standOn((event.target as HTMLInputElement).valueAsNumber);
  };

  const content = () => {
    const last = Math.max(0, (recording.value?.count ?? 1) - 1);
    const now = Math.max(0, moment.value);
    const words = say("views.at_epoch", { epoch: epoch.value.toLocaleString("en"), last: (recording.value?.start.epochs ?? 0).toLocaleString("en") });
    const label = say(playing.value ? "views.pause" : "views.play");
    return html`
      <button type="button" class="timeline-play" aria-label=${label} title=${label} ?disabled=${last === 0} @click=${() => (playing.value ? pause() : play())}>
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <path fill="currentColor" d=${playing.value ? "M3 2h4v12H3zM9 2h4v12H9z" : "M4 2l10 6-10 6z"} />
        </svg>
      </button>
      <label class="unseen" for="cursor">${say("views.time")}</label>
      <input
        id="cursor" type="range" min="0" max=${last} step="1" .value=${String(now)} ?disabled=${last === 0}
        aria-valuetext=${words} @input=${move}
      />
      <output class="digits" for="cursor">${words}</output>
      <button type="button" ?disabled=${now >= last} @click=${() => (pause(), standOn(last))}>${say("views.end")}</button>
    `;
  };
  const stops = [
    keepEpoch(),
    onFrame(root, () => render(content(), root)),
    effect(() => {
      if (!recording.value && playing.peek()) pause();
    }),
  ];
  return () => {
    pause();
    for (const stop of stops) stop();
    render(null, root);
  };
}
