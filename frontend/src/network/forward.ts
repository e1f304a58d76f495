/** A prediction, layer by layer: x₁, x₂ are standardized and become features; then z = a W + b and what follows it. */
import type { Layer, Stage, Start } from "../contract";
import type { Block } from "./elementary";
import { Evaluator, sized } from "./formulas";

type Described = Pick<Start, "mean" | "scale" | "features" | "layers">;

export class Forward {
  private readonly features: Evaluator[];
  private readonly stages: Evaluator[][];
  private readonly products: Block[] = [];
  /** What the activation of each layer was applied to, the first layer's first. */
  readonly inputs: Block[] = [];
  private raw: Float64Array | null = null;
  private first: Block | undefined;

  constructor(private readonly network: Described) {
    this.features = network.features.map(({ formula }) => new Evaluator(formula));
    this.stages = network.layers.map(({ stages }) => stages.map(({ formula }) => new Evaluator(formula)));
  }

  /** The features of the points X (n, 2) and then the activations of every layer, each (n, units), with the numbers θ.
   *
   * They are written over by the next call. The features of the same array X are computed once. */
  of(numbers: Float64Array, X: Float64Array): Block[] {
    if (X !== this.raw) {
      this.first = this.featuresOf(X);
      this.raw = X;
    }
    const activations = [this.first!];
    this.network.layers.forEach((layer, index) => {
      let a = this.product(index, layer, numbers, activations[index]!);
      this.inputs[index] = a;
      layer.stages.forEach(({ kind, vectors }, stage) => {
        if (kind === "activation") this.inputs[index] = a;
        a = this.stages[index]![stage]!.of({ z: a, ...vectorsOf(vectors, numbers) });
      });
      activations.push(a);
    });
    return activations;
  }

  private featuresOf(X: Float64Array): Block {
    const n = X.length / 2;
    const { mean, scale } = this.network;
    const column = (i: 0 | 1): Block => {
      const values = Float64Array.from({ length: n }, (_, row) => (X[2 * row + i]! - mean[i]) / scale[i]);
      return { rows: n, columns: 1, values };
    };
    const symbols = { x1: column(0), x2: column(1) };
    const d = this.features.length;
    const inputs = sized(this.first, n, d);
    this.features.forEach((feature, j) => {
      const { values } = feature.of(symbols);
      for (let i = 0; i < n; i++) inputs.values[i * d + j] = values.length === 1 ? values[0]! : values[i]!;
    });
    return inputs;
  }

  /** z (n, fan_out) = a (n, fan_in) W + b. */
  private product(index: number, { fan_in, fan_out, weight, bias }: Layer, numbers: Float64Array, a: Block): Block {
    const z = (this.products[index] = sized(this.products[index], a.rows, fan_out));
    const W = numbers.subarray(...weight);
    const b = numbers.subarray(...bias);
    const { values: from } = a;
    const { values: to } = z;
    for (let i = 0; i < a.rows; i++) {
      const row = i * fan_out;
      for (let j = 0; j < fan_out; j++) to[row + j] = b[j]!;
      for (let k = 0; k < fan_in; k++) {
        const x = from[i * fan_in + k]!;
        for (let j = 0; j < fan_out; j++) to[row + j]! += x * W[k * fan_out + j]!;
      }
    }
    return z;
  }
}

/** A stage's vectors, of one row each. */
export function vectorsOf(vectors: Stage["vectors"], numbers: Float64Array): Record<string, Block> {
  const blocks = Object.entries(vectors).map(([name, [start, stop]]) => {
    return [name, { rows: 1, columns: stop - start, values: numbers.subarray(start, stop) }] as const;
  });
  return Object.fromEntries(blocks);
}
