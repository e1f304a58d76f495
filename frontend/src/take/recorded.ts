/** A run as text and back: what the replay carries in place of an engine. */
import type { End, Field, Frame, Moments, Settings } from "../contract";
import { decoded, fromBase64, toBase64 } from "../frames";
import type { Recording } from "../store";
import { encoded } from "./encode";

/** A run: its settings, and its frames in base64. */
export interface Tape {
  settings: Settings;
  frames: string[];
}

/** All that a replay needs to know. */
export interface Replay {
  version: string;
  /** The declarations of the settings, for their names. */
  fields: Field[];
  run: Tape;
  /** Runs that were pinned beside it. */
  pins: Tape[];
  /** The moment it opens at; −1 is the last one. */
  moment: number;
  /** The view it opens with, as an address has it. */
  view: [string, string][];
}

export function taped(run: Recording): Tape {
  const { start, X, y, validation, moments, curve } = run;
  const curves = {
    curve_epoch: { shape: [curve.epoch.length], values: curve.epoch },
    curve_loss: { shape: [curve.loss.length], values: curve.loss },
  };
  const frames: Frame[] = [
    { header: start, arrays: { X, y, validation } },
    { header: { type: "moments", run: start.run } satisfies Moments, arrays: { ...moments, ...curves } },
  ];
  if (run.end) frames.push({ header: run.end satisfies End, arrays: {} });
  return { settings: run.settings, frames: frames.map((frame) => toBase64(encoded(frame))) };
}

export function untaped({ frames }: Tape): Frame[] {
  return frames.map((text) => decoded(fromBase64(text).buffer as ArrayBuffer));
}
