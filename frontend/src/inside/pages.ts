/** The derivation of the moment that is shown, asked for again when the moment changes: the newest answer counts. */
import { effect, type ReadonlySignal, signal } from "@preact/signals-core";
import type { DerivationPage } from "../contract";
import { engine } from "../engine";

/** What is asked for; null asks for nothing. */
export type Question = Parameters<NonNullable<typeof engine.value>["derive"]> | null;

export const PAUSE = 150;

export function pagesOf(question: ReadonlySignal<Question>) {
  const page = signal<DerivationPage | null>(null);
  const waiting = signal(false);
  const failed = signal("");
  let newest = 0;

  const stop = effect(() => {
    const asked = question.value;
    const backend = engine.value;
    const number = ++newest;
    if (!asked || !backend) {
      waiting.value = false;
      return;
    }
    const timer = setTimeout(async () => {
      waiting.value = true;
      try {
        const answer = await backend.derive(...asked);
        if (number !== newest) return;
        page.value = answer;
        failed.value = "";
      } catch (error) {
        if (number === newest) failed.value = (error as Error).message;
      }
      if (number === newest) waiting.value = false;
    }, page.peek() ? PAUSE : 0);
    return () => clearTimeout(timer);
  });
  return { page, waiting, failed, stop };
}
