/** The network beside the formulas, small: the walk lights its place in it, wherever the large drawing has gone. */
import { computed, effect } from "@preact/signals-core";
import { lit, numbers, selection } from "../store";
import { colours } from "../views/colours";
import { layOut } from "../views/drawing_layout";
import { Picture } from "../views/drawing_picture";
import "../views/drawing.css";
import { onFrame } from "../views/frame";
import { sizeOf } from "../views/size";
import { start, surface } from "../views/surface";

/** Fill `root` with it; it says nothing to readers, whom the walk tells its place in words. */
export function mountBeside(root: HTMLElement): () => void {
  root.className = "inside-beside drawing";
  root.inert = true;
  root.ariaHidden = "true";
  const { size, stop } = sizeOf(root);
  const sizes = computed(() => (start.value ? [start.value.features.length, ...start.value.layers.map(({ fan_out }) => fan_out)].join() : ""));
  const picture = computed(() => {
    if (!sizes.value) return null;
    const names = { features: [], outputs: [], more: (count: number) => `+${count}` };
    return new Picture(layOut(sizes.value.split(",").map(Number), size.value.width, [6, 6]), names);
  });
  const stops = [
    stop,
    effect(() => root.replaceChildren(...(picture.value ? [picture.value.svg] : []))),
    onFrame(root, () => {
      const drawn = picture.value;
      if (!drawn || !surface.value || surface.value.start.layers.length + 1 !== sizes.value.split(",").length) return;
      drawn.draw(surface.value, numbers.value, colours.value);
      drawn.light(lit.value, selection.value, null);
    }),
  ];
  return () => stops.forEach((each) => each());
}
