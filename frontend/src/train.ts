/** Training goes along with the settings: every change of them is a new run, and the newest wins. */
import { batch, effect, untracked } from "@preact/signals-core";
import type { Backend, Frame, Settings } from "./contract";
import { failure, receive, recording, settings } from "./store";

/** How long a run may keep a newer one waiting, in milliseconds: while it is being shown, and while nothing of it has come. */
const TURN = 50;
const PATIENCE = 120;

/** Train whenever the settings change. While they change faster than runs can begin, only the newest settings wait:
 * a run that is soon done is shown whole, a longer one shows its first moments before it makes way. */
export function trainAlong(backend: Backend): () => void {
  let waiting: Settings | null = null;
  let busy = false;
  let timer = 0;

  function next(): void {
    clearTimeout(timer);
    busy = false;
    if (!waiting) return;
    const of = waiting;
    waiting = null;
    busy = true;
    const turn = performance.now() + TURN;
    timer = setTimeout(next, PATIENCE);
    let begun: Frame | null = null;
    backend.run(of, (frame) => {
      if (frame.header.type === "start") {
        begun = frame; // shown with the first moments, so that no empty picture flashes between two runs
        return;
      }
      batch(() => {
        if (begun) receive(of, begun);
        begun = null;
        receive(of, frame);
      });
      if (frame.header.type === "end" || frame.header.type === "error") next();
      else if (frame.header.type === "moments" && busy) {
        clearTimeout(timer);
        timer = setTimeout(next, turn - performance.now());
      }
    });
  }

  const stop = effect(() => {
    waiting = settings.value;
    if (!busy) untracked(next);
  });
  return () => {
    stop();
    clearTimeout(timer);
    backend.cancel();
  };
}

/** Say on the document which run is drawn and how it stands, after the frame in which the views have drawn it. */
export function markDrawn(root: HTMLElement): () => void {
  let asked = 0;
  let waits = false;
  const mark = () => {
    waits = false;
    const run = recording.value;
    const failed = failure.value;
    root.dataset.run = String(failed?.run ?? run?.start.run ?? 0);
    root.dataset.state = failed ? "failed" : run?.end ? (run.end.how === "diverged" ? "diverged" : "done") : "training";
  };
  const stop = effect(() => {
    void [recording.value, failure.value];
    if (waits) return;
    waits = true;
    // After every effect of this change has asked for its frame: so this one comes last in it.
    queueMicrotask(() => (asked = requestAnimationFrame(mark)));
  });
  return () => {
    stop();
    cancelAnimationFrame(asked);
  };
}
