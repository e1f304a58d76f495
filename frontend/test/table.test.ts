import { expect, test } from "vitest";
import { chosen, guessed } from "../src/controls/table";

const flowers = {
  columns: ["width", "colour", "length", "kind"],
  rows: [
    [1, "red", 2, "rose"],
    [3, "blue", 4, "iris"],
    [5, "red", null, "iris"],
    [7, "red", 8, "rose"],
  ],
};

test("labels are classes in order of their names; a row with an empty cell is left out", () => {
  const columns = guessed(flowers)!;
  expect(columns).toEqual({ x1: 0, x2: 2, y: 3 });
  expect(chosen(flowers, columns, 100)).toEqual({
    settings: {
      data: "own",
      own_task: "classification",
      class_names: ["iris", "rose"],
      points: [
        [1, 2, 1],
        [3, 4, 0],
        [7, 8, 1],
      ],
    },
    left_out: 1,
  });
});

test("few whole numbers are classes, others are values to predict", () => {
  const of = (values: number[]) => ({ columns: ["a", "b", "y"], rows: values.map((y, k) => [k, -k, y]) });
  const classes = chosen(of([5, 9, 5]), { x1: 0, x2: 1, y: 2 }, 100).settings;
  expect(classes).toMatchObject({
    own_task: "classification",
    class_names: ["5", "9"],
    points: [
      [0, -0, 0],
      [1, -1, 1],
      [2, -2, 0],
    ],
  });
  const values = chosen(of([0.5, 9, 5]), { x1: 0, x2: 1, y: 2 }, 100).settings;
  expect(values).toMatchObject({
    own_task: "regression",
    class_names: [],
    points: [
      [0, -0, 0.5],
      [1, -1, 9],
      [2, -2, 5],
    ],
  });
});

test("of too many rows as many are taken as fit, evenly", () => {
  const table = { columns: ["a", "b", "y"], rows: Array.from({ length: 10 }, (_, k) => [k, 0, k % 2]) };
  const { settings, left_out } = chosen(table, { x1: 0, x2: 1, y: 2 }, 5);
  expect(settings.points.map(([x]) => x)).toEqual([0, 2, 4, 6, 8]);
  expect(left_out).toBe(5);
});

test("a table without two columns of numbers has no axes", () => {
  expect(guessed({ columns: ["a", "b", "c"], rows: [[1, "x", 2]] })).toBe(null);
});
