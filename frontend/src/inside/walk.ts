/** The walk through one training step: which samples it is of, where it stands, and where a number's link leads. */
import type { DerivationPage, DerivationStep } from "../contract";
import type { Recording } from "../store";

/** More samples than this make matrices that nobody reads. */
export const MOST_SAMPLES = 8;

export type Choice = "one" | "these" | "first";

export const phases = ["forward", "loss", "backward", "update"] as const;

/** The samples to walk with, as places in X: the one that was pointed at, those that are named, or the first ones of
 * training, as many as a step takes. */
export function chosen(choice: Choice, one: number, these: string, run: Recording): number[] {
  const n = run.X.shape[0]!;
  if (choice === "one") return [Math.min(one, n - 1)];
  if (choice === "these") return numbered(these, n);
  const trained = Array.from({ length: n }, (_, sample) => sample).filter((sample) => !run.validation.values[sample]);
  const step = run.settings.batch_size || trained.length;
  return trained.slice(0, Math.min(step, MOST_SAMPLES));
}

/** "1, 4, 7" as places from 0 on: each once, in this order, none beyond n; the first sample if none is left. */
export function numbered(text: string, n: number): number[] {
  const numbers = (text.match(/\d+/g) ?? []).map(Number).filter((number) => number >= 1 && number <= n);
  const places = [...new Set(numbers)].slice(0, MOST_SAMPLES).map((number) => number - 1);
  return places.length ? places : [0];
}

/** The step to show of a new page: the same one as before where there is one, so that only its numbers change. */
export function kept(steps: DerivationStep[], key: string | null, before: number): number {
  const same = steps.findIndex((step) => step.key === key);
  return same >= 0 ? same : Math.max(0, Math.min(before, steps.length - 1));
}

/** Where "#anchor" leads: the step that holds this id, −1 for what is given, null for nowhere. */
export function leadsTo(page: DerivationPage, anchor: string): number | null {
  const holds = (html: string) => html.includes(`id="${anchor}"`);
  const step = page.steps.findIndex((each) => holds(each.html));
  if (step >= 0) return step;
  return holds(page.given) ? -1 : null;
}

/** The steps of each phase, with their places among all. */
export function byPhase(steps: DerivationStep[]): { phase: string; steps: { step: DerivationStep; at: number }[] }[] {
  const placed = steps.map((step, at) => ({ step, at }));
  return phases
    .map((phase) => ({ phase, steps: placed.filter(({ step }) => step.phase === phase) }))
    .filter((group) => group.steps.length > 0);
}
