/** Evaluates recorded formulas. A step's block is kept and written again the next time, so that nothing is allocated
 * while the cursor is dragged: what `of` returns is good until it is called again. */
import type { Argument, Formula } from "../contract";
import { type Block, operate, shapeOf } from "./elementary";

const constants: Record<string, number> = { inf: Infinity, "-inf": -Infinity, nan: NaN };

interface Step {
  operation: string;
  /** Blocks of numbers, and names of symbols and of earlier steps. */
  args: (Block | string)[];
  name: string;
}

export class Evaluator {
  private readonly steps: Step[];
  private readonly result: Block | string;
  private readonly blocks = new Map<string, Block>();

  constructor({ steps, result }: Formula) {
    this.steps = steps.map(([name, operation, ...args]) => ({ name, operation, args: args.map(known) }));
    this.result = known(result);
  }

  /** The formula's value, given the blocks of its symbols. */
  of(symbols: Readonly<Record<string, Block>>): Block {
    const value = (argument: Block | string): Block => {
      const block = typeof argument === "string" ? (symbols[argument] ?? this.blocks.get(argument)) : argument;
      if (!block) throw new Error(`the formula needs ${argument}; given are ${Object.keys(symbols).join(", ")}`);
      return block;
    };
    for (const { name, operation, args } of this.steps) {
      const given = args.map(value);
      const out = sized(this.blocks.get(name), ...shapeOf(operation, given));
      this.blocks.set(name, out);
      operate(operation, given, out);
    }
    return value(this.result);
  }
}

/** A number as a block of its own; a name as it is. */
function known(argument: Argument): Block | string {
  const number = typeof argument === "number" ? argument : constants[argument];
  return number === undefined ? argument as string : { rows: 1, columns: 1, values: Float64Array.of(number) };
}

/** This block if it has the size, else a new one. */
export function sized(block: Block | undefined, rows: number, columns: number): Block {
  if (block && block.rows === rows && block.columns === columns) return block;
  return { rows, columns, values: new Float64Array(rows * columns) };
}
