/** Draws the plane: the surface, the line between classes, axes, and samples on top. */
import type { Start } from "../contract";
import type { Colours } from "./colours";
import { contour } from "./contour";
import { mark } from "./shapes";
import { leads, fine, paint, paintFine, type Shading, smooth } from "./shading";
import { SIDE } from "./surface";
import { ticks, written } from "./ticks";

export interface Sample {
  x1: number;
  x2: number;
  y: number;
  /** The class from 0 on, of which the shape is; 0 of a regression. */
  kind: number;
  validation: boolean;
}

/** Where the plane lies on the canvas, in CSS pixels. */
export class Place {
  constructor(
    readonly width: number,
    readonly height: number,
    readonly domain: Start["domain"],
    readonly left: number,
    readonly bottom: number,
  ) {}

  readonly top = 8;
  readonly right = 8;

  get across(): number {
    return this.width - this.left - this.right;
  }
  get down(): number {
    return this.height - this.top - this.bottom;
  }
  x(x1: number): number {
    return this.left + ((x1 - this.domain[0]) / (this.domain[1] - this.domain[0])) * this.across;
  }
  y(x2: number): number {
    return this.top + ((this.domain[3] - x2) / (this.domain[3] - this.domain[2])) * this.down;
  }
  /** The point of the plane under a pixel, kept inside. */
  at(x: number, y: number): [x1: number, x2: number] {
    const [left, right, bottom, top] = this.domain;
    const share = (value: number) => Math.min(1, Math.max(0, value));
    const x1 = left + (right - left) * share((x - this.left) / this.across);
    return [x1, top - (top - bottom) * share((y - this.top) / this.down)];
  }
}

interface Image {
  canvas: HTMLCanvasElement;
  context: CanvasRenderingContext2D;
  data: ImageData;
  pixels: Uint32Array;
}
let coarse: Image | null = null;
let smoothed: Image | null = null;

/** Pixels that are written again at each drawing. */
function imageOf(width: number): Image {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = width;
  const context = canvas.getContext("2d")!;
  const data = context.createImageData(width, width);
  return { canvas, context, data, pixels: new Uint32Array(data.data.buffer) };
}

export interface Picture {
  place: Place;
  shading: Shading | null;
  colours: Colours;
  samples: Sample[];
  /** Of a regression: the colour of a sample's value. */
  colourOf: (sample: Sample) => string;
  selected: number;
  /** Where the keyboard's cross stands. */
  cross: readonly [number, number] | null;
}

export function drawPlane(context: CanvasRenderingContext2D, picture: Picture): void {
  const { place, colours, samples } = picture;
  context.clearRect(0, 0, place.width, place.height);
  context.save();
  context.beginPath();
  context.rect(place.left, place.top, place.across, place.down);
  context.clip();
  if (picture.shading) drawSurface(context, place, picture.shading, colours);
  const radius = samples.length > 400 ? 3 : samples.length > 120 ? 4 : 5.5;
  for (const validation of [true, false]) {
    for (const sample of samples) {
      if (sample.validation !== validation) continue;
      const at = { x: place.x(sample.x1), y: place.y(sample.x2) };
      mark(context, { kind: sample.kind, ...at, radius, fill: picture.colourOf(sample), edge: colours.card, hollow: validation });
    }
  }
  const chosen = samples[picture.selected];
  context.strokeStyle = colours.ink;
  context.lineWidth = 2;
  if (chosen) {
    context.beginPath();
    context.arc(place.x(chosen.x1), place.y(chosen.x2), radius + 5, 0, 2 * Math.PI);
    context.stroke();
  }
  if (picture.cross) {
    const [x, y] = [place.x(picture.cross[0]), place.y(picture.cross[1])];
    context.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) {
      context.moveTo(x + 4 * dx, y + 4 * dy);
      context.lineTo(x + 13 * dx, y + 13 * dy);
    }
    context.stroke();
  }
  context.restore();
}

function drawSurface(context: CanvasRenderingContext2D, place: Place, shading: Shading, colours: Colours): void {
  const classes = shading.what === "classes";
  const { canvas: image, context: small, data, pixels } = classes ? (coarse ??= imageOf(SIDE)) : (smoothed ??= imageOf(fine(SIDE)));
  (classes ? paint : paintFine)(pixels, shading, colours, SIDE);
  small.putImageData(data, 0, 0);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  // The outer points lie on the edges: half of their pixels is outside.
  context.drawImage(image, 0.5, 0.5, image.width - 1, image.width - 1, place.left, place.top, place.across, place.down);
  context.strokeStyle = colours.ink;
  context.lineWidth = 1.6;
  context.beginPath();
  const { block } = shading;
  const [across, down] = [place.across / (SIDE - 1), place.down / (SIDE - 1)];
  const trace = (lines: number[]) => {
    for (let i = 0; i < lines.length; i += 4) {
      context.moveTo(place.left + lines[i]! * across, place.top + lines[i + 1]! * down);
      context.lineTo(place.left + lines[i + 2]! * across, place.top + lines[i + 3]! * down);
    }
  };
  if (shading.what === "classes") {
    const lead = leads(block);
    for (let k = 0; k < block.columns; k++) trace(contour(lead, SIDE, 0, block.columns, k));
  } else if (shading.level !== null) trace(contour(smooth(shading), SIDE, shading.what === "probability" ? 0 : shading.level));
  context.stroke();
}

/** The frame and its numbers, which stay while the surface moves. */
export function drawAxes(context: CanvasRenderingContext2D, place: Place, colours: Colours): void {
  const [left, right, bottom, top] = place.domain;
  context.clearRect(0, 0, place.width, place.height);
  context.strokeStyle = colours.line;
  context.lineWidth = 1;
  context.strokeRect(place.left + 0.5, place.top + 0.5, place.across - 1, place.down - 1);
  context.fillStyle = colours.soft;
  context.font = `${colours.type}px system-ui, sans-serif`;
  context.textBaseline = "top";
  context.textAlign = "center";
  const base = place.height - place.bottom + 5;
  for (const value of ticks(left, right, place.across / 70)) {
    if (place.x(value) < place.left + place.across - 2.5 * colours.type) context.fillText(written(value), place.x(value), base);
  }
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const value of ticks(bottom, top, place.down / 60)) {
    if (place.y(value) > place.top + 2 * colours.type) context.fillText(written(value), place.left - 6, place.y(value));
  }
  context.font = `italic ${colours.type}px Georgia, "Times New Roman", serif`;
  context.fillStyle = colours.ink;
  context.fillText("x₂", place.left - 6, place.top + 6);
  context.textBaseline = "top";
  context.fillText("x₁", place.width - place.right, base);
}
