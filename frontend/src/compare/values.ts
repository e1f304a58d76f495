/** Values of settings in words, for tables of few columns. */
import { offName, optionName } from "../controls/names";
import { say } from "../words";

export function valueWords(name: string, value: unknown): string {
  if (value === undefined) return "–";
  if (value === null) return offName(name);
  if (name === "points") return say("compare.points", { n: (value as unknown[]).length });
  if (name === "edits") return say("compare.edits", { n: (value as unknown[]).length });
  if (name === "parameters") return say((value as unknown[]).length ? "compare.given_weights" : "compare.drawn_weights");
  if (name === "batch_size" && value === 0) return say("compare.full_batch");
  if (typeof value === "boolean") return say(value ? "compare.yes" : "compare.no");
  if (Array.isArray(value)) return value.length ? value.map(word).join(", ") : "–";
  return word(value);
}

function word(value: unknown): string {
  return typeof value === "string" ? optionName(value) : String(value);
}

/** A loss or a share with four digits, and what is no number as a dash. */
export function digits(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "–";
  return Math.abs(value) >= 1e-3 && Math.abs(value) < 1e4 ? Number(value.toPrecision(4)).toString() : value.toExponential(3);
}
