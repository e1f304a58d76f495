/** The elementary operations that recorded formulas consist of, by NumPy's names and with NumPy's edges.
 *
 * Numbers of n samples and d units are a `Block` of n rows; one row or one column stands for as many as are needed.
 * Functions of units are no part of this file: they are formulas, and come from Python. */
import { erfc } from "./erfc";

export interface Block {
  rows: number;
  columns: number;
  /** Row by row. */
  values: Float64Array;
}

const truth = (is: boolean) => (is ? 1 : 0);

/** 1 to the power of anything is 1, and so is −1 to the power of ±∞: C and NumPy have it so, JavaScript has NaN. */
function power(x: number, y: number): number {
  return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;
}

export const unary: Record<string, (x: number) => number> = {
  absolute: Math.abs,
  erfc,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  negative: (x) => -x,
  sign: (x) => (x > 0 ? 1 : x < 0 ? -1 : x === 0 ? 0 : x),
  sin: Math.sin,
  sqrt: Math.sqrt,
  square: (x) => x * x,
  tanh: Math.tanh,
};

export const binary: Record<string, (x: number, y: number) => number> = {
  add: (x, y) => x + y,
  divide: (x, y) => x / y,
  equal: (x, y) => truth(x === y),
  greater: (x, y) => truth(x > y),
  greater_equal: (x, y) => truth(x >= y),
  heaviside: (x, at0) => (x > 0 ? 1 : x < 0 ? 0 : x === 0 ? at0 : x),
  less: (x, y) => truth(x < y),
  less_equal: (x, y) => truth(x <= y),
  maximum: Math.max, // of NaN and a number: NaN, as in NumPy
  minimum: Math.min,
  multiply: (x, y) => x * y,
  power,
  subtract: (x, y) => x - y,
};

/** Of the units start to stop of one sample. */
export const reductions: Record<string, (x: Float64Array, start: number, stop: number) => number> = {
  "add.reduce": sum,
  "maximum.reduce": (x, start, stop) => x.subarray(start, stop).reduce((most, each) => Math.max(most, each), -Infinity),
  "mean.reduce": (x, start, stop) => sum(x, start, stop) / (stop - start),
};

function sum(x: Float64Array, start: number, stop: number): number {
  let total = 0;
  for (let i = start; i < stop; i++) total += x[i]!;
  return total;
}

/** The shape of what an operation gives: reductions keep the axis, others broadcast. */
export function shapeOf(operation: string, given: readonly Block[]): [rows: number, columns: number] {
  if (operation in reductions) return [given[0]!.rows, 1];
  return [widest(given.map((each) => each.rows)), widest(given.map((each) => each.columns))];
}

function widest(sizes: number[]): number {
  const size = Math.max(...sizes);
  if (sizes.some((each) => each !== 1 && each !== size)) throw new Error(`blocks of ${sizes.join(" and ")} do not go together; each must be 1 or the same`);
  return size;
}

/** Do one operation on blocks, into a block of the shape that `shapeOf` says. */
export function operate(operation: string, given: readonly Block[], out: Block): void {
  const [x, y, z] = given;
  const one = unary[operation];
  const two = binary[operation];
  const many = reductions[operation];
  if (one && given.length === 1) each1(one, x!, out);
  else if (two && given.length === 2) each2(two, x!, y!, out);
  else if (many && given.length === 1) {
    for (let i = 0; i < x!.rows; i++) out.values[i] = many(x!.values, i * x!.columns, (i + 1) * x!.columns);
  } else if (operation === "where" && given.length === 3) where(x!, y!, z!, out);
  else throw new Error(`no operation ${operation} of ${given.length} arguments is known; a formula uses those of network/elementary.ts`);
}

function each1(f: (x: number) => number, { values: x }: Block, { values: out }: Block): void {
  for (let i = 0; i < x.length; i++) out[i] = f(x[i]!);
}

function each2(f: (x: number, y: number) => number, a: Block, b: Block, out: Block): void {
  const { values: x } = a;
  const { values: y } = b;
  const { values: to } = out;
  if (x.length === to.length && y.length === to.length) {
    for (let i = 0; i < to.length; i++) to[i] = f(x[i]!, y[i]!);
  } else if (x.length === to.length && y.length === 1) {
    const right = y[0]!;
    for (let i = 0; i < to.length; i++) to[i] = f(x[i]!, right);
  } else if (y.length === to.length && x.length === 1) {
    const left = x[0]!;
    for (let i = 0; i < to.length; i++) to[i] = f(left, y[i]!);
  } else {
    const [stepX, stepY] = [strides(a), strides(b)];
    for (let i = 0, at = 0; i < out.rows; i++) {
      for (let j = 0; j < out.columns; j++, at++) to[at] = f(x[i * stepX[0] + j * stepX[1]]!, y[i * stepY[0] + j * stepY[1]]!);
    }
  }
}

/** What is not 0 is true, NaN too. */
function where(condition: Block, a: Block, b: Block, out: Block): void {
  const [stepC, stepA, stepB] = [strides(condition), strides(a), strides(b)];
  for (let i = 0, at = 0; i < out.rows; i++) {
    for (let j = 0; j < out.columns; j++, at++) {
      const holds = condition.values[i * stepC[0] + j * stepC[1]] !== 0;
      out.values[at] = holds ? a.values[i * stepA[0] + j * stepA[1]]! : b.values[i * stepB[0] + j * stepB[1]]!;
    }
  }
}

/** From one row, and from one column, to the next in a block's values: 0 where one stands for all. */
function strides({ rows, columns }: Block): [row: number, column: number] {
  return [rows === 1 ? 0 : columns, columns === 1 ? 0 : 1];
}
