/** Stories: runs that show one thing each, begun with a click, told in two sentences, with what to look at. */
import { computed, effect } from "@preact/signals-core";
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

export function mountStories(root: HTMLElement): () => void {
  root.classList.add("stories");
  const stop = effect(() => void render(content(), root));
  return () => {
    stop();
    render(nothing, root);
  };
}

function content(): TemplateResult {
  const told = current.value;
  return html`
    <div class="stories-choices">
      ${(schema.value?.stories ?? []).map(
        (story) => html`<button
          type="button"
          data-story=${story.name}
          aria-pressed=${story.name === told?.name ? "true" : "false"}
          @click=${() => tell(story)}
        >
          ${say(`stories.${story.name}.title`)}
        </button>`,
      )}
    </div>
    <p class="stories-told" role="status">
      ${told ? html`${say(`stories.${told.name}`)} ${lookAt(told.name)}` : html`<span class="soft">${say("stories.none")}</span>`}
    </p>
  `;
}

function tell(story: Story): void {
  begin(story.settings);
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
