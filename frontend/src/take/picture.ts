/** Pictures of what the page shows, each whole in itself: the plane as PNG, network, plane and curves as SVG. */
import type { Download } from "../contract";
import { colours } from "../views/colours";
import { drawAll } from "../views/frame";
import { say } from "../words";
import { textFile } from "./save";

const SVG = "http://www.w3.org/2000/svg";

/** What of a drawing's style a file of its own has to say. */
const PROPERTIES = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap", "opacity", "visibility",
  "display", "font-family", "font-size", "font-weight", "text-anchor", "dominant-baseline", "paint-order", "image-rendering",
];

/** The page that the panels are on: a document, or in a notebook the shadow root that it lies in. */
export type Stage = Document | ShadowRoot;

function panel(stage: Stage, name: string): HTMLElement {
  const found = stage.getElementById(`panel-${name}`);
  if (!found) throw new Error(say("take.no_panel", { name: say(`page.${name}`) }));
  return found;
}

/** All drawing surfaces of an element as one PNG, twice as fine as on the page. */
export async function planePicture(stage: Stage): Promise<Download> {
  drawAll();
  const { canvas } = await painted(panel(stage, "plane"));
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (!blob) throw new Error(say("take.no_picture"));
  return { name: "plane.png", type: "image/png", bytes: new Uint8Array(await blob.arrayBuffer()) };
}

/** Network and plane side by side, as one SVG. */
export async function wholePicture(stage: Stage): Promise<Download> {
  drawAll();
  const drawing = largest(panel(stage, "drawing").querySelectorAll("svg"));
  const { canvas, width, height } = await painted(panel(stage, "plane"));
  const box = drawing.getBoundingClientRect();
  const gap = 24;
  const whole = document.createElementNS(SVG, "svg");
  const size = { width: Math.ceil(box.width + width + 3 * gap), height: Math.ceil(Math.max(box.height, height) + 2 * gap) };
  for (const [name, value] of Object.entries({ xmlns: SVG, ...size, viewBox: `0 0 ${size.width} ${size.height}` })) {
    whole.setAttribute(name, String(value));
  }
  whole.append(rectangle(size, colours.value.card));
  const network = await alone(drawing);
  place(network, gap, (size.height - box.height) / 2, box.width, box.height);
  const plane = document.createElementNS(SVG, "image");
  plane.setAttribute("href", canvas.toDataURL("image/png"));
  place(plane, box.width + 2 * gap, (size.height - height) / 2, width, height);
  whole.append(network, plane);
  return textFile("playground.svg", "image/svg+xml", new XMLSerializer().serializeToString(whole));
}

function place(element: SVGElement, x: number, y: number, width: number, height: number): void {
  for (const [name, value] of Object.entries({ x, y, width, height })) element.setAttribute(name, String(value));
}

function rectangle({ width, height }: { width: number; height: number }, fill: string): SVGElement {
  const made = document.createElementNS(SVG, "rect");
  place(made, 0, 0, width, height);
  made.setAttribute("fill", fill);
  return made;
}

function largest<E extends Element>(all: Iterable<E>): E {
  const area = (each: E) => each.getBoundingClientRect().width * each.getBoundingClientRect().height;
  const found = [...all].sort((a, b) => area(b) - area(a))[0];
  if (!found) throw new Error(say("take.no_drawing"));
  return found;
}

/** Canvases and drawings that lie on one another in an element, painted onto one canvas. */
async function painted(root: HTMLElement, scale = 2): Promise<{ canvas: HTMLCanvasElement; width: number; height: number }> {
  const box = largest(root.querySelectorAll("canvas")).getBoundingClientRect();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(box.width * scale);
  canvas.height = Math.round(box.height * scale);
  const context = canvas.getContext("2d")!;
  context.scale(scale, scale);
  context.fillStyle = colours.value.card;
  context.fillRect(0, 0, box.width, box.height);
  for (const layer of root.querySelectorAll<HTMLCanvasElement | SVGSVGElement>("canvas, svg")) {
    const at = layer.getBoundingClientRect();
    const inside = at.left < box.right && at.right > box.left && at.top < box.bottom && at.bottom > box.top;
    if (!inside || at.width < 40) continue; // icons and keys lie beside the plane
    const image = layer instanceof HTMLCanvasElement ? layer : await imageOf(layer);
    context.drawImage(image, at.left - box.left, at.top - box.top, at.width, at.height);
  }
  return { canvas, width: box.width, height: box.height };
}

async function imageOf(drawing: SVGSVGElement): Promise<HTMLImageElement> {
  const { width, height } = drawing.getBoundingClientRect();
  const copy = await alone(drawing);
  place(copy, 0, 0, width, height);
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  return image;
}

/** A copy of a drawing that says its own style, and carries its pictures in itself. */
export async function alone(drawing: SVGSVGElement): Promise<SVGSVGElement> {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  copy.setAttribute("xmlns", SVG);
  const { width, height } = drawing.getBoundingClientRect();
  if (!copy.hasAttribute("viewBox")) copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const originals = [drawing, ...drawing.querySelectorAll("*")];
  const copies = [copy, ...copy.querySelectorAll("*")];
  for (const [index, original] of originals.entries()) {
    const own = copies[index]!;
    const style = getComputedStyle(original);
    for (const name of PROPERTIES) {
      const value = style.getPropertyValue(name);
      if (value) own.setAttribute(name, value);
    }
    for (const { name } of [...own.attributes]) if (/^(class|tabindex|style|role|aria-|data-)/.test(name)) own.removeAttribute(name);
    const canvas = original.localName === "foreignObject" ? original.querySelector("canvas") : null;
    if (canvas) own.replaceWith(asImage(canvas, own));
  }
  return copy;
}

/** A unit's surface in a drawing: its canvas as an image at the same place. Foreign objects are for browsers only. */
function asImage(canvas: HTMLCanvasElement, holder: Element): SVGElement {
  const image = document.createElementNS(SVG, "image");
  for (const name of ["x", "y", "width", "height"]) image.setAttribute(name, holder.getAttribute(name) ?? "0");
  image.setAttribute("href", canvas.toDataURL("image/png"));
  return image;
}
