/** A table from a file, as points of the reader's own: which columns are x₁, x₂ and y, and what the y of each row is. */
import type { Settings, Table } from "../contract";

/** Up to this many different whole numbers are taken for classes; more are the values of a regression. */
const FEW = 6;

export interface Columns {
  x1: number;
  x2: number;
  y: number;
}

/** Columns that hold a number in some row and a text in none, and that can so be an axis. */
export function numeric({ columns, rows }: Table): number[] {
  return columns
    .map((_, k) => k)
    .filter((k) => {
      const there = rows.map((row) => row[k]).filter((cell) => cell !== null && cell !== undefined);
      return there.length > 0 && there.every((cell) => typeof cell === "number");
    });
}

/** The columns to begin with: the last one is y, the first two others with numbers are the axes. */
export function guessed(table: Table): Columns | null {
  const y = table.columns.length - 1;
  const [x1, x2] = numeric(table).filter((k) => k !== y);
  return x1 === undefined || x2 === undefined ? null : { x1, x2, y };
}

export interface Chosen {
  settings: Pick<Settings, "data" | "own_task" | "points" | "class_names">;
  /** Rows left out because a cell is empty or no number, or because there are more than fit. */
  left_out: number;
}

/** The points of a table. Labels are classes in order of their names; numbers are classes if they are few and whole.
 * `longest` is how many points there may be: of more rows, as many are taken evenly. */
export function chosen({ rows }: Table, { x1, x2, y }: Columns, longest: number): Chosen {
  const whole = rows.filter(
    (row) => typeof row[x1] === "number" && typeof row[x2] === "number" && row[y] !== null && row[y] !== undefined,
  );
  const taken =
    whole.length <= longest
      ? whole
      : Array.from({ length: longest }, (_, i) => whole[Math.floor((i * whole.length) / longest)]!);
  const values = taken.map((row) => row[y]!);
  const different = [...new Set(values)];
  const numbers = values.every((value) => typeof value === "number");
  const classes = !numbers || (different.length <= FEW && different.every((value) => Number.isInteger(value)));
  const names = different.sort((a, b) => (numbers ? Number(a) - Number(b) : String(a).localeCompare(String(b), "en")));
  const place = new Map(names.map((name, k) => [name, k]));
  const points = taken.map((row, i): Settings["points"][number] => {
    return [row[x1] as number, row[x2] as number, classes ? place.get(values[i]!)! : (values[i] as number)];
  });
  return {
    settings: {
      data: "own",
      own_task: classes ? "classification" : "regression",
      points,
      class_names: classes ? names.map(String) : [],
    },
    left_out: rows.length - taken.length,
  };
}
