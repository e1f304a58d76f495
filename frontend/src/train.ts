/** Training goes along with the settings: every change of them is a new run, and the newest wins. */
import { batch, effect, untracked } from "@preact/signals-core";
import type { Backend, Frame, Settings } from "./contract";
import { failure, receive, recording, settings } from "./store";

/** How long a run may keep a newer one waiting while nothing of it has come, in milliseconds. */
const PATIENCE = 120;

/** Train whenever the settings change. While they change faster than runs can begin, only the newest settings wait:
 * each run that is begun shows something, so that a picture follows a dragged slider however long a run takes. */
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
    timer = window.setTimeout(next, PATIENCE);
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
      if (frame.header.type !== "notice") next();
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
  const mark = () => {
    asked = 0;
    const run = recording.value;
    const failed = failure.value;
    root.dataset.run = String(failed?.run ?? run?.start.run ?? 0);
    root.dataset.state = failed ? "failed" : run?.end ? (run.end.how === "diverged" ? "diverged" : "done") : "training";
  };
  const stop = effect(() => {
    void [recording.value, failure.value];
    asked ||= requestAnimationFrame(() => (asked = requestAnimationFrame(mark)));
  });
  return () => {
    stop();
    cancelAnimationFrame(asked);
  };
}
