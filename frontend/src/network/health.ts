/** Units that do not take part, seen in the slope of their activation f. Of a bounded one, which is flat at both ends,
 * they are saturated if they are flat on nearly every sample; of another one, they are dead if the slope is 0 on all.
 *
 * The slope at z is the central difference (f(z + h) − f(z − h)) / 2h, so that no activation needs to be known. */
import type { Layer } from "../contract";
import type { Block } from "./elementary";
import { Evaluator } from "./formulas";
import { vectorsOf } from "./forward";

export type Health = "well" | "saturated" | "dead";

/** A slope less than this share of the steepest is flat. */
export const FLAT = 0.05;
/** A unit is saturated if it is flat on at least this share of the samples. */
export const MOSTLY = 0.9;
/** h, and where the steepest slope is looked for. */
const STEP = 1e-4;
const REACH = 8;
const PLACES = 161;

interface Reach {
  steepest: Float64Array;
  bounded: boolean[];
}

export class Activation {
  private known: Reach | null = null;
  private readonly formula: Evaluator | null;
  private readonly probe: Block;

  constructor(private readonly layer: Layer) {
    const stage = layer.stages.find(({ kind }) => kind === "activation");
    // An activation over all units together, softmax, has no slope of one unit.
    const single = stage && !stage.formula.steps.some(([, operation]) => operation.endsWith(".reduce"));
    this.formula = single ? new Evaluator(stage.formula) : null;
    const columns = layer.fan_out;
    const values = Float64Array.from({ length: PLACES * columns }, (_, i) => REACH * ((2 * Math.floor(i / columns)) / (PLACES - 1) - 1));
    this.probe = { rows: PLACES, columns, values };
  }

  /** How each unit does on the chosen rows of z (n, units); null where the layer's activation has no such slope. */
  health(z: Block, rows: readonly number[], numbers: Float64Array): Health[] | null {
    if (!this.formula || rows.length === 0) return null;
    const { steepest, bounded } = this.reach(numbers);
    const values = new Float64Array(rows.length * z.columns);
    rows.forEach((row, i) => values.set(z.values.subarray(row * z.columns, (row + 1) * z.columns), i * z.columns));
    const slopes = this.slopes({ rows: rows.length, columns: z.columns, values }, numbers);
    return Array.from({ length: z.columns }, (_, unit) => {
      let [zero, flat] = [0, 0];
      for (let i = unit; i < slopes.length; i += z.columns) {
        if (slopes[i] === 0) zero++;
        if (Math.abs(slopes[i]!) < FLAT * steepest[unit]!) flat++;
      }
      if (bounded[unit]) return flat >= MOSTLY * rows.length ? "saturated" : "well";
      return zero === rows.length ? "dead" : "well";
    });
  }

  /** The steepest slope of each unit's activation, and whether it is flat at both ends. */
  private reach(numbers: Float64Array): Reach {
    if (this.known) return this.known;
    const slopes = this.slopes(this.probe, numbers).map(Math.abs);
    const { columns } = this.probe;
    const steepest = new Float64Array(columns);
    slopes.forEach((slope, i) => (steepest[i % columns] = Math.max(steepest[i % columns]!, slope)));
    const bounded = Array.from(steepest, (most, unit) => Math.max(slopes[unit]!, slopes[slopes.length - columns + unit]!) < FLAT * most);
    const reach = { steepest, bounded };
    const learned = Object.keys(this.layer.stages.find(({ kind }) => kind === "activation")!.vectors).length > 0;
    if (!learned) this.known = reach; // the same at every moment
    return reach;
  }

  private slopes(z: Block, numbers: Float64Array): Float64Array {
    const stage = this.layer.stages.find(({ kind }) => kind === "activation")!;
    const vectors = vectorsOf(stage.vectors, numbers);
    const at = (step: number) => this.formula!.of({ ...vectors, z: { ...z, values: z.values.map((value) => value + step) } }).values;
    const above = at(STEP).slice(); // the evaluator writes over it
    const below = at(-STEP);
    return above.map((value, i) => (value - below[i]!) / (2 * STEP));
  }
}
