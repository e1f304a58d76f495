/** Classes told apart by shape, not by colour alone: the same outlines on canvases and in drawings. */
import { CLASSES } from "./colours";

/** As SVG paths of about the same area, around 0 with radius 1. */
export const outlines = [
  "M1 0A1 1 0 1 1-1 0A1 1 0 1 1 1 0Z",
  "M-.9-.9H.9V.9H-.9Z",
  "M0-1.2L1.12.8H-1.12Z",
  "M0-1.3L1.15 0 0 1.3-1.15 0Z",
  "M-.42-1.2H.42V-.42H1.2V.42H.42V1.2H-.42V.42H-1.2V-.42H-.42Z",
  "M0 1.2L1.12-.8H-1.12Z",
];
let paths: Path2D[] | null = null;

/** Mark a sample: filled with its colour, or hollow if it is one of validation. */
export function mark(
  context: CanvasRenderingContext2D,
  { kind, x, y, radius, fill, edge, hollow }: { kind: number; x: number; y: number; radius: number; fill: string; edge: string; hollow: boolean },
): void {
  paths ??= outlines.map((each) => new Path2D(each));
  const path = paths[kind % CLASSES]!;
  context.save();
  context.translate(x, y);
  context.scale(radius, radius);
  context.lineJoin = "round";
  context.strokeStyle = edge;
  context.lineWidth = (hollow ? 4.2 : 2.4) / radius;
  context.stroke(path);
  if (hollow) {
    context.strokeStyle = fill;
    context.lineWidth = 2 / radius;
    context.stroke(path);
  } else {
    context.fillStyle = fill;
    context.fill(path);
  }
  context.restore();
}
