/** A number that may be left out: a switch, and what it is while the switch is on. */
import { html, nothing, type TemplateResult } from "lit-html";
import type { Field } from "../contract";
import { type Bound, checkbox, described, field, sliderAndBox } from "./field";
import { nameOf, offName } from "./names";

export function optional(of: Field, { id, value, take }: Bound<number | null>): TemplateResult {
  const { name } = of;
  const on = { id: `${id}-on`, value: value !== null, take: (wanted: boolean) => take(wanted ? of.first! : null) };
  const head = checkbox(name, nameOf(name), on, described(name, id));
  if (value === null) return field(name, id, head, nothing, html`<span class="soft small">${offName(name)}</span>`);
  return field(name, id, head, sliderAndBox(of, { id, value, take }, nameOf(name)));
}
