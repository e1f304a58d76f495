/** The hidden layers: how many, how wide, and the activation of each. */
import { html, type TemplateResult } from "lit-html";
import { change } from "../change";
import type { Field, Settings } from "../contract";
import { say } from "../words";
import { complaint, numberBox, selectBox } from "./field";

export function layers(
  hidden: Field,
  activations: Field,
  { hidden: units, activations: names }: Settings,
): TemplateResult {
  const { least = 1, most = 64, fewest = 0, longest = 6 } = hidden;
  const one: Field = { ...hidden, kind: "integer" };
  const set = (layer: number, n: number) => change({ hidden: units.with(layer, Math.min(Math.max(n, least), most)) });
  const row = (n: number, layer: number) => {
    const name = say("controls.layer", { layer: layer + 1 });
    const less = say("controls.fewer_units", { layer: layer + 1 });
    const more = say("controls.more_units", { layer: layer + 1 });
    return html`<li class="layer">
      <span class="layer-name">${name}</span>
      <div class="stepper">
        <button
          type="button"
          class="icon"
          aria-label=${less}
          title=${less}
          ?disabled=${n <= least}
          @click=${() => set(layer, n - 1)}
        >
          −
        </button>
        ${numberBox(one, { id: `setting-hidden-${layer}`, value: n, take: (value) => set(layer, value) }, say("controls.units_of", { layer: layer + 1 }))}
        <button
          type="button"
          class="icon"
          aria-label=${more}
          title=${more}
          ?disabled=${n >= most}
          @click=${() => set(layer, n + 1)}
        >
          +
        </button>
      </div>
      ${selectBox(
        activations,
        {
          id: `setting-activations-${layer}`,
          value: names[layer]!,
          take: (value) => change({ activations: names.with(layer, value) }),
        },
        say("controls.activation_of", { layer: layer + 1 }),
      )}
      <button
        type="button"
        class="icon"
        aria-label=${say("controls.remove_layer", { layer: layer + 1 })}
        title=${say("controls.remove_layer", { layer: layer + 1 })}
        ?disabled=${units.length <= fewest}
        @click=${() => change({ hidden: units.toSpliced(layer, 1), activations: names.toSpliced(layer, 1) })}
      >
        ×
      </button>
    </li>`;
  };
  const wrong = complaint("hidden") ?? complaint("activations");
  return html`<div class="field" data-field="hidden">
    <div class="field-head"><span class="field-name" id="layers-name">${say("controls.hidden")}</span></div>
    <p class="soft small">${say("controls.tip.hidden")}</p>
    <ol class="layers" aria-labelledby="layers-name">
      ${units.map(row)}
    </ol>
    ${wrong ? html`<p class="complaint" role="alert">${wrong}</p>` : ""}
    <button
      type="button"
      id="add-layer"
      ?disabled=${units.length >= longest}
      @click=${() => change({ hidden: [...units, units.at(-1) ?? 3], activations: [...names, names.at(-1) ?? "sigmoid"] })}
    >
      ${say("controls.add_layer")}
    </button>
  </div>`;
}
