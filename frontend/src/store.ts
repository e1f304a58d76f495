/** What the page shows now: signals that every view reads, and that knows nothing of the page. */
import { batch, computed, signal } from "@preact/signals-core";
import type { End, Failure, Finding, Frame, Header, Moments, Notice, Schema, Settings, Start, Tensor } from "./contract";

/** A run as far as it has come. */
export interface Recording {
  settings: Settings;
  start: Start;
  X: Tensor;
  y: Tensor;
  validation: Tensor;
  /** Everything a moment has, by name; a moment is a row. */
  moments: Record<string, Tensor>;
  count: number;
  curve: { epoch: Float64Array; loss: Float64Array };
  end: End | null;
}

export const schema = signal<Schema | null>(null);
/** What the controls say. */
export const settings = signal<Settings | null>(null);
/** The newest run that has come. */
export const recording = signal<Recording | null>(null);
/** The moment that the cursor stands on; −1 is the last one, whatever comes. */
export const cursor = signal(-1);
/** Runs kept beside it. */
export const pins = signal<Recording[]>([]);
export const failure = signal<Failure | null>(null);
export const notice = signal<Notice | null>(null);

/** What is pointed at or chosen. Layers are counted from 0 (the features), units and samples from 0. */
export type Selection =
  | { kind: "unit"; layer: number; unit: number }
  | { kind: "edge"; layer: number; from: number; to: number }
  | { kind: "sample"; sample: number }
  | null;
export const selection = signal<Selection>(null);
/** What the walk through a step lights: the layer it is at, and whether forwards or backwards. */
export const lit = signal<{ layer: number; phase: string } | null>(null);

/** The row of the moment that is shown. */
export const moment = computed(() => {
  const run = recording.value;
  if (!run || run.count === 0) return -1;
  return cursor.value < 0 ? run.count - 1 : Math.min(cursor.value, run.count - 1);
});
export const epoch = computed(() => {
  const run = recording.value;
  return run && moment.value >= 0 ? run.moments.epoch!.values[moment.value]! : 0;
});
/** θ at the moment that is shown. */
export const numbers = computed(() => {
  const run = recording.value;
  return run && moment.value >= 0 ? row(run.moments.numbers!, moment.value) : new Float64Array();
});
export const findings = computed<Finding[]>(() => recording.value?.end?.findings ?? []);

export function row(tensor: Tensor, index: number): Float64Array {
  const width = tensor.values.length / Math.max(tensor.shape[0]!, 1);
  return tensor.values.subarray(index * width, (index + 1) * width);
}

function joined(before: Tensor | undefined, after: Tensor): Tensor {
  if (!before) return after;
  const values = new Float64Array(before.values.length + after.values.length);
  values.set(before.values);
  values.set(after.values, before.values.length);
  return { shape: [before.shape[0]! + after.shape[0]!, ...after.shape.slice(1)], values };
}

/** Take a frame of the run with these settings into the store: the page follows by itself. */
export function receive(of: Settings, frame: Frame<Header>): void {
  const { header, arrays } = frame;
  batch(() => {
    if (header.type === "start") {
      recording.value = {
        settings: of,
        start: header,
        X: arrays.X!,
        y: arrays.y!,
        validation: arrays.validation!,
        moments: {},
        count: 0,
        curve: { epoch: new Float64Array(), loss: new Float64Array() },
        end: null,
      };
      failure.value = notice.value = null;
    } else if (header.type === "moments") {
      receiveMoments(frame as Frame<Moments>);
    } else if (header.type === "end") {
      if (recording.value) recording.value = { ...recording.value, end: header };
      notice.value = null;
    } else if (header.type === "notice") {
      notice.value = header;
    } else if (header.type === "error") {
      failure.value = header;
      notice.value = null;
    }
  });
}

function receiveMoments({ arrays }: Frame<Moments>): void {
  const run = recording.value;
  if (!run) return;
  const { curve_epoch, curve_loss, ...rows } = arrays;
  const moments: Record<string, Tensor> = { ...run.moments };
  for (const [name, tensor] of Object.entries(rows)) moments[name] = joined(moments[name], tensor);
  const curve = { ...run.curve };
  if (curve_epoch && curve_loss) {
    curve.epoch = joined({ shape: [curve.epoch.length], values: curve.epoch }, curve_epoch).values;
    curve.loss = joined({ shape: [curve.loss.length], values: curve.loss }, curve_loss).values;
  }
  recording.value = { ...run, moments, count: moments.epoch!.shape[0]!, curve };
}
