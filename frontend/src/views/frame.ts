/** Drawing along with signals: at most once a frame, and only while it can be seen. */
import { effect } from "@preact/signals-core";

/** Draw now, and again in the next frame after any signal has changed that the last drawing has read.
 *
 * While `root` is scrolled out of sight it waits, and draws when it comes back. Returns the disposal. */
export function onFrame(root: Element, draw: () => void): () => void {
  let stop = () => {};
  let asked = 0;
  let seen = true;
  let waiting = false;

  const later = () => {
    asked ||= requestAnimationFrame(now);
  };
  function now(): void {
    asked = 0;
    waiting = !seen;
    if (waiting) return;
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
  const watcher = new IntersectionObserver((entries) => {
    seen = entries.at(-1)!.isIntersecting;
    if (seen && waiting) later();
  });
  watcher.observe(root);
  now();
  return () => {
    stop();
    watcher.disconnect();
    cancelAnimationFrame(asked);
  };
}
