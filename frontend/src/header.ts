/** The head of the page: its name, undo and redo, the reader's language and theme, lecture mode and its hidden panels. */
import { effect } from "@preact/signals-core";
import { html, render } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { canRedo, canUndo, redo, undo } from "./address";
import { panels, themes, view } from "./view";
import { type Language, languages, say } from "./words";

export function mountHeader(root: HTMLElement): () => void {
  return effect(() => void render(content(), root));
}

function content() {
  const chosen = (event: Event) => (event.target as HTMLSelectElement).value;
  return html`
    <div class="title">
      <h1>${say("page.title")}</h1>
      <p class="soft">${say("page.subtitle")}</p>
    </div>
    <div class="tools" role="group" aria-label=${say("page.tools")}>
      <button
        type="button"
        id="undo"
        class="icon"
        aria-label=${say("page.undo")}
        title=${say("page.undo")}
        ?disabled=${!canUndo.value}
        @click=${undo}
      >
        ↶
      </button>
      <button
        type="button"
        id="redo"
        class="icon"
        aria-label=${say("page.redo")}
        title=${say("page.redo")}
        ?disabled=${!canRedo.value}
        @click=${redo}
      >
        ↷
      </button>
      <label for="language" class="unseen">${say("page.language")}</label>
      <select
        id="language"
        .value=${live(view.language.value)}
        @change=${(event: Event) => (view.language.value = chosen(event) as Language)}
      >
        ${Object.entries(languages).map(([code, name]) => html`<option value=${code} lang=${code} ?selected=${code === view.language.value}>${name}</option>`)}
      </select>
      <label for="theme" class="unseen">${say("page.theme")}</label>
      <select
        id="theme"
        .value=${live(view.theme.value)}
        @change=${(event: Event) => (view.theme.value = chosen(event) as (typeof themes)[number])}
      >
        ${themes.map((each) => html`<option value=${each} ?selected=${each === view.theme.value}>${say(`page.theme_${each}`)}</option>`)}
      </select>
      <button
        type="button"
        id="lecture"
        aria-pressed=${view.lecture.value ? "true" : "false"}
        @click=${() => (view.lecture.value = !view.lecture.value)}
      >
        ${say("page.lecture")}
      </button>
      <details class="panels-menu">
        <summary>${say("page.panels")}</summary>
        <fieldset>
          <legend class="soft small">${say("page.panels_shown")}</legend>
          ${panels.map(
            (each) =>
              html`<label class="check" for="show-${each}"
                ><input
                  type="checkbox"
                  id="show-${each}"
                  .checked=${live(!view.hide.value.includes(each))}
                  @change=${() => flip(each)}
                />
                <span>${say(`page.${each}`)}</span></label
              >`,
          )}
        </fieldset>
      </details>
    </div>
  `;
}

function flip(panel: (typeof panels)[number]): void {
  const hidden = view.hide.value;
  view.hide.value = panels.filter((each) => (each === panel ? !hidden.includes(each) : hidden.includes(each)));
}

/** Undo and redo by the usual keys, where they do not belong to a text that is being typed. */
export function followKeys(): () => void {
  const press = (event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "z") return;
    if ((event.target as Element).closest("input[type=number], input[type=text], textarea")) return;
    event.preventDefault();
    if (event.shiftKey) redo();
    else undo();
  };
  document.addEventListener("keydown", press);
  return () => document.removeEventListener("keydown", press);
}

/** Say on the document what its style depends on: the theme, lecture mode, the language. */
export function dressDocument(root: HTMLElement): () => void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const dress = () => {
    const { theme } = view;
    root.dataset.theme = theme.value === "auto" ? (dark.matches ? "dark" : "light") : theme.value;
    root.toggleAttribute("data-lecture", view.lecture.value);
    root.lang = view.language.value;
    document.title = say("page.title");
  };
  dark.addEventListener("change", dress);
  const stop = effect(dress);
  return () => {
    stop();
    dark.removeEventListener("change", dress);
  };
}
