/** Drawing along with signals: at most once a frame, and only while it can be seen. */
import { effect } from "@preact/signals-core";

/** What is so near to be seen is drawn already. */
const NEAR = "300px";

/** What has something to draw but is out of sight. */
const outOfSight = new Set<() => void>();

/** Draw what is out of sight too: for a picture of the whole page. */
export function drawAll(): void {
  for (const draw of [...outOfSight]) draw();
}

/** Draw now, and again in the next frame after any signal has changed that the last drawing has read.
 *
 * While `root` is scrolled out of sight it waits, and draws when it comes back. Returns the disposal. */
export function onFrame(root: Element, draw: () => void): () => void {
  let stop = () => {};
  let asked = 0;
  let seen = true;

  const later = () => {
    asked ||= requestAnimationFrame(now);
  };
  const now = () => {
    asked = 0;
    if (seen) drawNow();
    else outOfSight.add(drawNow);
  };
  function drawNow(): void {
    outOfSight.delete(drawNow);
    stop();
    let drawn = false;
    // The effect's first pass draws, and so learns which signals matter; its second one only asks for a frame.
    stop = effect(() => {
      if (drawn) later();
      else {
        drawn = true;
        draw();
      }
    });
  }
  const watch = (entries: IntersectionObserverEntry[]) => {
    seen = entries.at(-1)!.isIntersecting;
    if (seen && outOfSight.has(drawNow)) later();
  };
  const watcher = new IntersectionObserver(watch, { rootMargin: NEAR });
  watcher.observe(root);
  drawNow();
  return () => {
    stop();
    outOfSight.delete(drawNow);
    watcher.disconnect();
    cancelAnimationFrame(asked);
  };
}
