/** What the page and the engine say to one another. The Python side is `chainrule/play/`. */

/** A field of the settings, as `play/choices.py` declares it. */
export interface Field {
  name: string;
  kind: "choice" | "choices" | "integer" | "number" | "list" | "settings" | "points" | "edits" | "values" | "numbers" | "switch";
  group: "data" | "features" | "network" | "loss" | "optimizer" | "training";
  default: unknown;
  /** Of a "choice" and "choices" (several at once), or of each item of a "list" of names. */
  options?: string[];
  /** Of numbers, or of each item of a "list" of numbers. */
  least?: number;
  most?: number;
  /** Whether a slider of this number is logarithmic. */
  logarithmic?: boolean;
  /** Of a number that may be null, which leaves it out: what it is when it is first wanted. */
  first?: number;
  /** Of lists: how many items. */
  fewest?: number;
  longest?: number;
  /** Of "settings" (a dictionary of numbers and switches that depends on a choice): that choice's field. */
  of?: string;
  /** Its parameters by the choice's option: {adam: [Field, ...], ...}. */
  parameters?: Record<string, Field[]>;
  /** The field is only of use where these other fields have one of these values. */
  where?: Record<string, unknown[]>;
}

/** The settings of a run: a value for every field, by name. See `Settings` below for the names. */
export interface Settings {
  data: string;
  n: number;
  noise: number;
  classes: number;
  data_seed: number;
  /** Of data "own": [x₁, x₂, y] each; y a class from 0 on, or a number if own_task is "regression". */
  points: [number, number, number][];
  own_task: "classification" | "regression";
  /** Names of the classes of "own", shown escaped; may be empty. */
  class_names: string[];
  standardize: boolean;
  features: string[];
  hidden: number[];
  /** One for each hidden layer. */
  activations: string[];
  /** "auto" is what goes with the loss. */
  output: string;
  initializer: string;
  seed: number;
  normalization: string;
  dropout: number;
  /** "auto" is what goes with the task. */
  loss: string;
  l1: number;
  l2: number;
  optimizer: string;
  /** Its parameters by name, learning_rate among them. */
  optimizer_settings: Record<string, number | boolean | null>;
  schedule: string;
  schedule_settings: Record<string, number | boolean | null | number[]>;
  /** 0 is the full batch. */
  batch_size: number;
  epochs: number;
  validation_share: number;
  /** Weights changed by hand: [epoch, place in θ, value]; training goes on from there. */
  edits: [number, number, number][];
  /** θ to begin with instead of drawn weights (of an opened model); empty: drawn. */
  parameters: number[];
}

/** A one-click story: its settings, and two sentences in strings.json under stories.<name>. */
export interface Story {
  name: string;
  settings: Partial<Settings>;
}

export interface Schema {
  version: string;
  fields: Field[];
  stories: Story[];
  /** What the server was started with (--data, --open): settings to begin with, or null. */
  given: Partial<Settings> | null;
}

/** A formula as data: each step names the value of an operation (NumPy's name; reductions end in ".reduce").
 * An argument is a number, "inf", "-inf", "nan", a symbol, or the name of an earlier step. */
export type Argument = number | string;
export interface Formula {
  steps: [name: string, operation: string, ...args: Argument[]][];
  result: Argument;
}

export type Span = [start: number, stop: number];
export interface Stage {
  kind: "normalization" | "activation";
  name: string;
  /** Of the symbol "z" (n, units) and of the vectors (units,) or (1,). */
  formula: Formula;
  /** Where each vector lies in θ. */
  vectors: Record<string, Span>;
}
export interface Layer {
  fan_in: number;
  fan_out: number;
  /** W (fan_in, fan_out) row by row, and b, in θ. */
  weight: Span;
  bias: Span;
  /** What follows the product in a prediction; the identity has no stage. */
  stages: Stage[];
}

/** The first frame of a run: everything about it but its moments. */
export interface Start {
  type: "start";
  run: number;
  task: "binary" | "classes" | "regression";
  loss: string;
  /** How many outputs: one, or one a class. */
  outputs: number;
  class_names: string[];
  /** x₁ and x₂ from, to: what the surface shows. */
  domain: [number, number, number, number];
  /** x₁, x₂ are (x − mean) / scale before the features. */
  mean: [number, number];
  scale: [number, number];
  features: { name: string; formula: Formula }[];
  layers: Layer[];
  /** How many numbers a moment's θ has (running statistics included). */
  n_numbers: number;
  epochs: number;
  steps_per_epoch: number;
  /** Arrays: X (n, 2), y (n, 1), validation (n, 1) of 0 and 1. */
}

/** Moments of the run, in order of time; several frames of them may come. The cursor stands on one of them.
 * Moment of epoch e: after e epochs (0: untrained). Arrays, m moments, L layers:
 * epoch (m,), numbers (m, n_numbers), loss (m,), val_loss (m,), accuracy (m,), val_accuracy (m,),
 * gradient (m, L): norm of ∂L/∂W of each layer over all training samples,
 * update (m, L): norm of the optimizer's next step on all training samples over the norm of the layer's parameters.
 * What does not exist is NaN. curve_epoch (k,), curve_loss (k,): the training loss of more epochs, for the curve. */
export interface Moments {
  type: "moments";
  run: number;
}

/** A word about the run: a code of strings.json under findings.<code>, filled with these values. */
export interface Finding {
  code: string;
  values: Record<string, number | string>;
  layer?: number;
}

export interface End {
  type: "end";
  run: number;
  engine: string;
  seconds: number;
  /** "done", "diverged", "cancelled". */
  how: string;
  findings: Finding[];
}

/** Something that takes longer once, such as "compiling"; strings.json under notices.<code>. */
export interface Notice {
  type: "notice";
  run: number;
  code: string;
}

export interface Failure {
  type: "error";
  run: number;
  message: string;
  /** The field to blame, if one is. */
  field: string | null;
}

/** Of "100 seeds": progress, the first time with no runs; arrays epoch (m,), loss (runs so far, m), accuracy (runs so far, m), seed (runs so far,). */
export interface Seeds {
  type: "seeds";
  run: number;
  done: number;
  of: number;
  /** Runs so far whose last accuracy is 1 (of a regression: null). */
  solved: number | null;
  /** Unknown (null) until some have run. */
  seconds_left: number | null;
}

export type Header = Start | Moments | End | Notice | Failure | Seeds;

export interface Tensor {
  shape: number[];
  values: Float64Array;
}
export interface Frame<H extends Header = Header> {
  header: H;
  arrays: Record<string, Tensor>;
}

/** One step of the walk through a training step: what `chainrule derive` writes, as pieces of a page. */
export interface DerivationStep {
  key: string;
  phase: "forward" | "loss" | "backward" | "update";
  /** From 1; 0 for the input. */
  layer: number;
  title: string;
  /** MathML and tables made by `explain/`, whole and safe. */
  html: string;
}
export interface DerivationPage {
  epoch: number;
  samples: number[];
  notation: string;
  loss: number;
  /** The general formulas and what is given. */
  given: string;
  /** The rules that the pieces of HTML need. */
  style: string;
  steps: DerivationStep[];
  /** Whether every gradient agrees with differences. */
  proved: boolean;
}

export interface Download {
  name: string;
  type: string;
  bytes: Uint8Array;
}

/** A table from a file: the names of its columns and its rows, numbers where they are. */
export interface Table {
  columns: string[];
  rows: (string | number | null)[][];
  /** How it was read, in sentences of Python's. */
  notes: string[];
}

/** Who computes: the server, the notebook's kernel, or a recording. */
export interface Backend {
  schema(): Promise<Schema>;
  /** Frames come until the end; the newest run always wins: an older one is cancelled and says nothing more. */
  run(settings: Settings, receive: (frame: Frame) => void): void;
  seeds(settings: Settings, count: number, receive: (frame: Frame) => void): void;
  cancel(): void;
  derive(settings: Settings, epoch: number, samples: number[], notation: string): Promise<DerivationPage>;
  /** The Python code that does exactly this run. */
  code(settings: Settings): Promise<Download>;
  /** The network at that epoch: "onnx", "safetensors", "c" or "python". */
  model(settings: Settings, epoch: number, format: string): Promise<Download>;
  /** A dropped file, as settings (a model, or a run) or as a table (CSV). */
  open(name: string, bytes: Uint8Array): Promise<{ settings?: Partial<Settings>; table?: Table }>;
  /** Whether there is an engine to train with (a recording has none). */
  readonly trains: boolean;
}
