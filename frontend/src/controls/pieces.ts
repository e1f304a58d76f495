/** The pieces of a rate that is constant from step to step: after which step it changes, and to which factor of η. */
import { html, type TemplateResult } from "lit-html";
import type { Field } from "../contract";
import { say } from "../words";
import { complaint, numberBox } from "./field";

export interface Pieces {
  boundaries: number[];
  factors: number[];
}

/** One piece more, after twice as many steps and with a tenth of the last factor. */
export function withOneMore({ boundaries, factors }: Pieces, { most = Infinity }: Field): Pieces {
  const last = boundaries.at(-1)!;
  const tenth = Number((factors.at(-1)! / 10).toPrecision(3));
  return { boundaries: [...boundaries, Math.min(Math.max(2 * last, 1), most)], factors: [...factors, tenth] };
}

export function pieces(
  boundary: Field,
  factor: Field,
  { boundaries, factors }: Pieces,
  take: (next: Pieces) => void,
): TemplateResult {
  const { least = 0, most = Infinity, fewest = 1, longest = Infinity } = boundary;
  const row = (after: number, index: number) => {
    const remove = say("controls.remove_piece", { piece: index + 1 });
    // Boundaries rise: each lies between its neighbours.
    const between: Field = {
      ...boundary,
      kind: "integer",
      least: index ? boundaries[index - 1]! + 1 : least,
      most: index + 1 < boundaries.length ? boundaries[index + 1]! - 1 : most,
    };
    return html`<li class="piece">
      <span>${say("controls.after_step")}</span>
      ${numberBox(
        between,
        {
          id: `setting-boundaries-${index}`,
          value: after,
          take: (value) => take({ boundaries: boundaries.with(index, value), factors }),
        },
        say("controls.boundary_of", { piece: index + 1 }),
      )}
      <span>${say("controls.times")}</span>
      ${numberBox(
        { ...factor, kind: "number" },
        {
          id: `setting-factors-${index}`,
          value: factors[index]!,
          take: (value) => take({ boundaries, factors: factors.with(index, value) }),
        },
        say("controls.factor_of", { piece: index + 1 }),
      )}
      <button
        type="button"
        class="icon"
        aria-label=${remove}
        title=${remove}
        ?disabled=${boundaries.length <= fewest}
        @click=${() => take({ boundaries: boundaries.toSpliced(index, 1), factors: factors.toSpliced(index, 1) })}
      >
        ×
      </button>
    </li>`;
  };
  const wrong = complaint("schedule_settings");
  const full = boundaries.length >= longest || boundaries.at(-1)! >= most;
  return html`<div class="field" data-field="boundaries">
    <div class="field-head"><span class="field-name" id="pieces-name">${say("controls.boundaries")}</span></div>
    <p class="soft small">${say("controls.tip.boundaries")}</p>
    <ol class="pieces" aria-labelledby="pieces-name">
      ${boundaries.map(row)}
    </ol>
    ${wrong ? html`<p class="complaint" role="alert">${wrong}</p>` : ""}
    <button
      type="button"
      id="add-piece"
      ?disabled=${full}
      @click=${() => take(withOneMore({ boundaries, factors }, boundary))}
    >
      ${say("controls.add_piece")}
    </button>
  </div>`;
}
