/** What a press on the plane does to the points of the reader's own: the controls choose it, the plane does it. */
import { signal } from "@preact/signals-core";

export interface Pen {
  tool: "move" | "add" | "delete";
  /** What an added point is: a class from 0 on, or the value of a regression. */
  y: number;
}

export const pen = signal<Pen>({ tool: "move", y: 0 });
