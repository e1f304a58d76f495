/** Stories: runs that show one thing each, begun with a click, told in two sentences, with what to look at. */
import { computed, effect, signal } from "@preact/signals-core";
import { html, nothing, render, type TemplateResult } from "lit-html";
import { begin } from "../change";
import type { Story } from "../contract";
import { completed, same } from "../state";
import { schema, settings } from "../store";
import { type Panel, view } from "../view";
import { say } from "../words";
import "./stories.css";

/** What to look at in each story: where it shows. */
const LOOK: Record<string, Panel[]> = {
  report_linear: ["plane", "timeline"],
  report_xor: ["plane", "curves", "seeds"],
  vanishing_gradient: ["gradients", "words", "inside"],
  vanishing_solved: ["gradients", "plane"],
  dead_relu: ["histograms", "drawing", "words"],
  divergence: ["curves", "words"],
  symmetry: ["drawing", "gradients"],
  overfitting: ["curves", "plane"],
  spiral: ["plane", "drawing"],
};

/** The story whose settings are on the page, untouched. */
const current = computed<Story | null>(() => {
  const { fields = [], stories = [] } = schema.value ?? {};
  return stories.find((story) => same(completed(fields, story.settings).settings, settings.value)) ?? null;
});

/** The last story that was on the page: its words stay while the reader tries what they say. */
const told = signal<Story | null>(null);

export function mountStories(root: HTMLElement): () => void {
  root.classList.add("stories");
  const stops = [
    effect(() => {
      if (current.value) told.value = current.value;
    }),
    effect(() => void render(content(), root)),
  ];
  return () => {
    for (const stop of stops) stop();
    render(nothing, root);
  };
}

function content(): TemplateResult {
  const now = current.value;
  const last = told.value;
  const changed =
    last && !now ? html`<em>${say("stories.changed", { title: say(`stories.${last.name}.title`) })}</em> ` : nothing;
  return html`
    <div class="stories-choices">
      ${(schema.value?.stories ?? []).map(
        ({ name, settings: given }) =>
          html`<button
            type="button"
            data-story=${name}
            aria-pressed=${name === now?.name ? "true" : "false"}
            @click=${() => tell(given)}
          >
            ${say(`stories.${name}.title`)}
          </button>`,
      )}
    </div>
    <p class="stories-told" role="status">
      ${
        last
          ? html`${changed}${say(`stories.${last.name}`)} ${lookAt(last.name)}`
          : html`<span class="soft">${say("stories.none")}</span>`
      }
    </p>
  `;
}

function tell(given: Story["settings"]): void {
  begin(given);
  view.epoch.value = null;
}

/** The panels that show it, each a link to itself. */
function lookAt(name: string): TemplateResult | typeof nothing {
  const shown = (LOOK[name] ?? []).filter((each) => !view.hide.value.includes(each));
  if (!shown.length) return nothing;
  const go = (event: Event) => {
    const button = event.currentTarget as HTMLElement;
    const panel = (button.getRootNode() as Document | ShadowRoot).getElementById(`panel-${button.dataset.panel}`);
    panel?.scrollIntoView({ block: "nearest", behavior: "smooth" });
    panel?.querySelector("h2")?.focus({ preventScroll: true });
  };
  return html`<span class="stories-look">
    ${say("stories.look")}
    ${shown.map((each) => html`<button type="button" class="link" data-panel=${each} @click=${go}>${say(`page.${each}`)}</button> `)}
  </span>`;
}
