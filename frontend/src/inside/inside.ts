/** Step inside: the training step at this moment, one formula at a time, forwards and backwards, its place lit in the
 * drawing. The formulas and their numbers come from Python; this is the way through them. */
import { computed, effect, signal } from "@preact/signals-core";
import { html, nothing, render } from "lit-html";
import { engine } from "../engine";
import { told } from "../sentences";
import { epoch, lit, recording, selection } from "../store";
import { view } from "../view";
import { say } from "../words";
import { digits } from "../compare/values";
import { mountBeside } from "./beside";
import "./inside.css";
import { pagesOf, type Question } from "./pages";
import { Paper } from "./paper";
import { byPhase, type Choice, chosen, kept, leadsTo, MOST_SAMPLES } from "./walk";

export function mountInside(root: HTMLElement): () => void {
  const open = signal(false);
  const choice = signal<Choice>("one");
  const one = signal(0);
  const these = signal("1, 2, 3, 4");
  const at = signal(0);
  const paper = new Paper(follow);
  const beside = document.createElement("div");
  const tree = root.getRootNode(); // the document, or in a notebook the page's shadow tree, which lets no key out

  const samples = computed(() => (recording.value ? chosen(choice.value, one.value, these.value, recording.value).join() : ""));
  const question = computed<Question>(() => {
    const run = recording.value;
    if (!open.value || !run || run.count === 0) return null;
    return [run.settings, epoch.value, samples.value.split(",").map(Number), view.notation.value];
  });
  const { page, waiting, failed, stop } = pagesOf(question);
  let key: string | null = null;

  function go(to: number): void {
    const steps = page.value?.steps ?? [];
    if (!steps.length) return;
    const there = Math.max(0, Math.min(to, steps.length - 1));
    key = steps[there]!.key;
    at.value = there;
  }

  function follow(anchor: string): void {
    const to = page.value && leadsTo(page.value, anchor);
    if (to === null) return;
    if (to >= 0) go(to);
    paper.mark(anchor);
  }

  function toggle(): void {
    open.value = !open.value;
    if (!open.value) return void queueMicrotask(() => root.querySelector<HTMLElement>("button")?.focus());
    queueMicrotask(() => {
      root.querySelector<HTMLElement>(".walk")?.focus({ preventScroll: true });
      (root.closest("section") ?? root).scrollIntoView({ block: "start" }); // the formulas need the room
    });
  }

  function press(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    const inside = root.contains(target);
    if (!open.value || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
    // Arrows belong to whoever has the focus: to the walk if it is here, or if nobody else has it.
    const within = event.composedPath()[0] as Element; // the paper is a shadow tree
    if (!(inside || target === document.body) || within.closest("input, select, summary, .scroll[tabindex]")) return;
    const to = { ArrowLeft: at.value - 1, ArrowRight: at.value + 1, Home: 0, End: Infinity }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  }

  const stops = [
    stop,
    effect(() => {
      // A sample that is pointed at is the one to walk with.
      if (selection.value?.kind === "sample") one.value = selection.value.sample;
    }),
    effect(() => {
      if (page.value) go(kept(page.value.steps, key, at.peek()));
    }),
    effect(() => {
      const step = open.value ? page.value?.steps[at.value] : undefined;
      lit.value = step ? { layer: step.layer, phase: step.phase } : null;
    }),
    effect(() => {
      if (page.value) paper.show(page.value, at.value);
    }),
    mountBeside(beside),
    effect(() => void render(open.value ? walk() : closed(), root)),
  ];
  tree.addEventListener("keydown", press as EventListener);

  function closed() {
    return html`
      <p class="soft">${say("inside.about")}</p>
      <button class="primary" aria-expanded="false" ?disabled=${!engine.value?.trains || !recording.value} @click=${toggle}>
        ${say("inside.open")}
      </button>`;
  }

  function walk() {
    const steps = page.value?.steps ?? [];
    const step = steps[at.value];
    return html`
      <div class="walk" tabindex="-1" role="group" aria-label=${say("inside.walk")} aria-busy=${waiting.value ? "true" : "false"}>
        <div class="inside-asked">
          ${sampleChoice()}
          <label>
            ${say("inside.notation")}
            <select id="inside-notation" @change=${(event: Event) => (view.notation.value = (event.target as HTMLSelectElement).value as "report")}>
              ${["standard", "report"].map((each) => html`<option value=${each} ?selected=${each === view.notation.value}>${say(`inside.${each}`)}</option>`)}
            </select>
          </label>
          <button class="inside-close" aria-expanded="true" @click=${toggle}>${say("inside.close")}</button>
        </div>
        ${failed.value ? html`<p class="inside-failed" role="alert">${told(failed.value)}</p>` : nothing}
        ${step && page.value
          ? html`
              <div class="inside-way">
                <button title=${say("inside.first")} aria-label=${say("inside.first")} ?disabled=${at.value === 0} @click=${() => go(0)}>⇤</button>
                <button title=${say("inside.back")} aria-label=${say("inside.back")} ?disabled=${at.value === 0} @click=${() => go(at.value - 1)}>←</button>
                <button title=${say("inside.next")} aria-label=${say("inside.next")} ?disabled=${at.value === steps.length - 1} @click=${() => go(at.value + 1)}>→</button>
                <button title=${say("inside.last")} aria-label=${say("inside.last")} ?disabled=${at.value === steps.length - 1} @click=${() => go(Infinity)}>⇥</button>
                ${jump()}
              </div>
              <p class="inside-place" role="status">
                <strong>${say("inside.place", { at: at.value + 1, of: steps.length })}</strong>${say("inside.colon")}${place(step.phase, step.layer)}
                <span class="unseen">${told(step.title)}</span>
              </p>
              <progress class="inside-progress ${step.phase}" max=${steps.length} value=${at.value + 1} aria-hidden="true"></progress>`
          : html`<p class="soft" role="status">${failed.value ? nothing : say("inside.waiting")}</p>`}
        <div class="inside-sheet">${paper.host}${beside}</div>
        ${page.value
          ? html`<p class="inside-foot small soft">
              ${say("inside.moment", { epoch: page.value.epoch, loss: digits(page.value.loss ?? NaN) })}
              ${page.value.proved ? html`<span class="inside-proved">${say("inside.proved")}</span>` : nothing}
              <span>${say("inside.keys")}</span>
            </p>`
          : nothing}
      </div>`;
  }

  function sampleChoice() {
    const pick = (event: Event) => (choice.value = (event.target as HTMLSelectElement).value as Choice);
    return html`
      <label>
        ${say("inside.samples")}
        <select id="inside-samples" @change=${pick}>
          <option value="one" ?selected=${choice.value === "one"}>${say("inside.one", { sample: one.value + 1 })}</option>
          <option value="these" ?selected=${choice.value === "these"}>${say("inside.these")}</option>
          <option value="first" ?selected=${choice.value === "first"}>${say("inside.first_ones", { most: MOST_SAMPLES })}</option>
        </select>
      </label>
      ${choice.value === "one"
        ? html`<label>
            ${say("inside.number")}
            <input id="inside-sample" type="number" min="1" max=${recording.value?.X.shape[0] ?? 1} .value=${String(one.value + 1)}
              @change=${(event: Event) => pointAt(Number((event.target as HTMLInputElement).value) - 1)} />
          </label>`
        : nothing}
      ${choice.value === "these"
        ? html`<label>
            ${say("inside.numbers", { most: MOST_SAMPLES })}
            <input id="inside-numbers" type="text" inputmode="numeric" .value=${these.value}
              @change=${(event: Event) => (these.value = (event.target as HTMLInputElement).value)} />
          </label>`
        : nothing}`;
  }

  /** The sample of this number, marked on the plane too. */
  function pointAt(sample: number): void {
    const n = recording.value?.X.shape[0] ?? 1;
    selection.value = { kind: "sample", sample: Math.max(0, Math.min(Math.trunc(sample) || 0, n - 1)) };
  }

  function jump() {
    const groups = byPhase(page.value!.steps);
    return html`
      <label class="inside-jump">
        <span class="unseen">${say("inside.jump")}</span>
        <select id="inside-step" @change=${(event: Event) => go(Number((event.target as HTMLSelectElement).value))}>
          ${groups.map(
            ({ phase, steps }) => html`<optgroup label=${say(`inside.${phase}`)}>
              ${steps.map(({ step, at: number }) => html`<option value=${number} .selected=${number === at.value}>${number + 1}. ${told(step.title)}</option>`)}
            </optgroup>`,
          )}
        </select>
      </label>
      <span class="inside-phases">
        ${groups.map(
          ({ phase, steps }) =>
            html`<button aria-pressed=${page.value!.steps[at.value]?.phase === phase ? "true" : "false"} @click=${() => go(steps[0]!.at)}>${say(`inside.${phase}`)}</button>`,
        )}
      </span>`;
  }

  return () => {
    tree.removeEventListener("keydown", press as EventListener);
    for (const each of stops) each();
    lit.value = null;
    render(nothing, root);
  };
}

function place(phase: string, layer: number): string {
  return layer > 0 ? say("inside.phase_layer", { phase: say(`inside.${phase}`), layer }) : say(`inside.${phase}`);
}
