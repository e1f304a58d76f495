/** How large an element is on the page, as a signal; and canvases as sharp as the screen. */
import { type ReadonlySignal, signal } from "@preact/signals-core";

export interface Size {
  width: number;
  height: number;
}

export function sizeOf(element: Element): { size: ReadonlySignal<Size>; stop: () => void } {
  const measured = (): Size => ({ width: Math.max(120, element.clientWidth), height: Math.max(40, element.clientHeight) });
  const size = signal(measured());
  const watcher = new ResizeObserver(() => {
    const next = measured();
    if (next.width !== size.peek().width || next.height !== size.peek().height) size.value = next;
  });
  watcher.observe(element);
  return { size, stop: () => watcher.disconnect() };
}

/** The canvas at this size in CSS pixels, to be drawn in those; it is cleared only if its size has changed. */
export function fitted(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const dense = Math.min(3, window.devicePixelRatio || 1);
  const [across, down] = [Math.round(width * dense), Math.round(height * dense)];
  if (canvas.width !== across || canvas.height !== down) {
    canvas.width = across;
    canvas.height = down;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d")!;
  context.setTransform(dense, 0, 0, dense, 0, 0);
  return context;
}
