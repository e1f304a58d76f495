import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Layer } from "../src/contract";
import { counted } from "../src/network/bins";
import { Activation } from "../src/network/health";
import strings from "../src/strings.json";
import { joined } from "../src/views/chart";
import { mixed, parsed } from "../src/views/colours";
import { extent } from "../src/views/extent";
import { contour } from "../src/views/contour";
import { edgeAt, layOut, MOST } from "../src/views/drawing_layout";
import { placeOf, weightAt, withEdit } from "../src/views/edits";
import { classesOf, nearest } from "../src/views/own_points";
import { Place } from "../src/views/plane_picture";
import { leads, paint, paintFine, fine, oddsRamp, smooth, spread } from "../src/views/shading";
import { pointsOf, rangeOf } from "../src/views/surface";
import { exponents, power, ticks, written } from "../src/views/ticks";
import { nextTo } from "../src/views/time";

const block = (rows: number, columns: number, values: number[]) => ({ rows, columns, values: Float64Array.from(values) });

describe("contour", () => {
  test("a plane's contour is a straight line at the level", () => {
    const side = 5;
    const values = Float64Array.from({ length: side * side }, (_, i) => (i % side) - 1.25);
    const lines = contour(values, side, 0);
    expect(lines.length / 4).toBe(side - 1);
    for (let i = 0; i < lines.length; i += 2) expect(lines[i]).toBeCloseTo(1.25, 12);
  });
  test("around one peak the line is closed", () => {
    const values = Float64Array.from([0, 0, 0, 0, 1, 0, 0, 0, 0]);
    const lines = contour(values, 3, 0.5);
    const ends = Array.from({ length: lines.length / 2 }, (_, i) => `${lines[2 * i]},${lines[2 * i + 1]}`);
    expect(ends.length).toBe(8);
    for (const end of ends) expect(ends.filter((each) => each === end).length).toBe(2);
  });
  test("at a saddle the mean of the corners decides, and NaN has no line", () => {
    expect(contour(Float64Array.from([2, -1, -1, 2]), 2, 0)).toHaveLength(8);
    expect(contour(Float64Array.from([2, -1, -1, 2]), 2, 0)).not.toEqual(contour(Float64Array.from([1, -2, -2, 1]), 2, 0));
    expect(contour(Float64Array.from([1, NaN, -1, 1]), 2, 0)).toEqual([]);
  });
});

describe("the plane's points and colours", () => {
  test("points go from the upper left to the lower right", () => {
    expect([...pointsOf([0, 1, 10, 20], 2)]).toEqual([0, 20, 1, 20, 0, 10, 1, 10]);
  });
  test("a range leaves out what is not finite", () => {
    expect(rangeOf(block(4, 1, [NaN, -2, Infinity, 3]), 0)).toEqual([-2, 3]);
    expect(rangeOf(block(1, 1, [NaN]), 0)).toEqual([0, 1]);
    expect([spread(-1, 3), spread(0, 2), spread(1, 1)]).toEqual([[-3, 3], [0, 2], [0, 2]]);
  });
  test("pixels are places in the ramp, and NaN is neither end", () => {
    const ramp = Uint32Array.from({ length: 256 }, (_, i) => i);
    const colours = { ramp, washes: [ramp, ramp.map((i) => 1000 + i)] } as never;
    const shading = { what: "unit", block: block(4, 1, [0, 0.5, 1, NaN]), column: 0, low: 0, high: 1, level: null } as const;
    expect([...paint(new Uint32Array(4), shading, colours, 2)]).toEqual([0, 128, 255, 0xff888888]);
    const classes = { ...shading, what: "classes", block: block(4, 2, [1, 0, 0, 1, 0.5, 0.5, 0.2, 0.8]), low: 0 } as const;
    expect([...paint(new Uint32Array(4), classes, colours, 2)]).toEqual([255, 1255, 128, 1204]);
  });
  test("a fine surface has the points' own colours, and 0.5 half-way in log-odds", () => {
    const ramp = Uint32Array.from({ length: 256 }, (_, i) => i);
    const colours = { ramp, odds: oddsRamp(ramp) } as never;
    const shading = { what: "probability", block: block(4, 1, [0.1, 0.9, 0.1, 0.9]), column: 0, low: 0, high: 1, level: 0.5 } as const;
    const width = fine(2);
    const pixels = paintFine(new Uint32Array(width * width), shading, colours, 2);
    expect(Math.abs(pixels[0]! - 25.5)).toBeLessThan(2);
    expect(Math.abs(pixels[width - 1]! - 229.5)).toBeLessThan(2);
    const lines = contour(smooth(shading), 2, 0);
    expect(lines).toEqual([0.5, 0, 0.5, 1]);
  });
  test("a class leads by the logarithm of its share of the best other's", () => {
    expect(leads(block(1, 3, [0.5, 0.25, 0.25]))[0]).toBeCloseTo(Math.log(2), 12);
    expect(leads(block(1, 3, [0.5, 0.25, 0.25]))[1]).toBeCloseTo(-Math.log(2), 12);
  });
  test("pixels and points of the plane are each other's inverse, kept inside", () => {
    const place = new Place(300, 200, [-1, 3, 0, 2], 30, 20);
    const [x1, x2] = place.at(place.x(0.7), place.y(1.3));
    expect([x1, x2]).toEqual([expect.closeTo(0.7, 12), expect.closeTo(1.3, 12)]);
    expect(place.at(-50, 1e6)).toEqual([-1, 0]);
  });
  test("colours mix", () => {
    expect(mixed(parsed("#000000"), parsed("#ff8001"), 0.5)).toEqual([128, 64, 1]);
  });
  test("the nearest sample is within reach, the last of equals", () => {
    expect(nearest([5, 1, 3], (x) => x, 2)).toBe(1);
    expect(nearest([5, 9], (x) => x, 2)).toBe(-1);
    expect(classesOf([[0, 0, 0], [1, 1, 2]])).toBe(3);
  });
});

describe("the drawing", () => {
  test("shows at most so many units and says how many are left", () => {
    const { columns, more, edges, width, box } = layOut([2, 64, 1], 100, [20, 40]);
    expect(columns.map((each) => each.length)).toEqual([2, MOST, 1]);
    expect(more).toEqual([0, 64 - MOST, 0]);
    expect(edges).toHaveLength(2 * MOST + MOST);
    expect(width).toBeGreaterThan(3 * box); // wider than the room there is: it scrolls
    for (const [unit, next] of [[columns[1]![0]!, columns[1]![1]!]]) expect(next!.y - unit!.y).toBeGreaterThanOrEqual(box);
  });
  test("eight layers fit into a narrow panel, with smaller boxes", () => {
    const { width, box, columns } = layOut([2, 6, 6, 6, 6, 6, 6, 1], 400, [25, 50]);
    expect(width).toBe(400);
    expect(columns[1]![0]!.x - columns[0]![0]!.x).toBeGreaterThan(box + 10);
  });
  test("an edge is found next to its line only", () => {
    const { edges } = layOut([1, 1], 400, [40, 40]);
    const [edge] = edges;
    expect(edgeAt(edges, (edge!.x1 + edge!.x2) / 2, edge!.y1 + 3, 7)).toBe(edge);
    expect(edgeAt(edges, (edge!.x1 + edge!.x2) / 2, edge!.y1 + 9, 7)).toBeNull();
  });
  test("every place in θ is one weight and back", () => {
    const layers: Layer[] = [
      { fan_in: 2, fan_out: 3, weight: [0, 6], bias: [6, 9], stages: [] },
      { fan_in: 3, fan_out: 1, weight: [12, 15], bias: [15, 16], stages: [] }, // what a layer learns besides lies between
    ];
    for (const place of [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 14, 15]) expect(placeOf({ layers }, weightAt({ layers }, place)!)).toBe(place);
    expect(weightAt({ layers }, 4)).toEqual({ layer: 1, from: 1, to: 1 });
    expect([9, 16].map((place) => weightAt({ layers }, place))).toEqual([null, null]);
  });
  test("an edit takes the place of one of the same weight at the same epoch", () => {
    expect(withEdit([[10, 1, 0.5], [5, 1, 0.1]], [10, 1, 2])).toEqual([[5, 1, 0.1], [10, 1, 2]]);
  });
});

describe("the health of units", () => {
  const relu: Layer = { fan_in: 1, fan_out: 2, weight: [0, 2], bias: [2, 4], stages: [{ kind: "activation", name: "relu", vectors: {}, formula: { steps: [["#1", "maximum", "z", 0]], result: "#1" } }] };
  const tanh: Layer = { ...relu, stages: [{ kind: "activation", name: "tanh", vectors: {}, formula: { steps: [["#1", "tanh", "z"]], result: "#1" } }] };
  const z = block(3, 2, [-1, 1, -2, -3, -0.5, -2]);
  test("a rectifier that never gives anything is dead, one that does once is not", () => {
    expect(new Activation(relu).health(z, [0, 1, 2], new Float64Array())).toEqual(["dead", "well"]);
    expect(new Activation(relu).health(z, [1, 2], new Float64Array())).toEqual(["dead", "dead"]);
  });
  test("a bounded one is saturated, never dead", () => {
    const far = block(2, 2, [50, 0.1, -50, 9]);
    expect(new Activation(tanh).health(far, [0, 1], new Float64Array())).toEqual(["saturated", "well"]);
  });
  test("softmax and the identity have no slope of one unit", () => {
    const softmax: Layer = { ...relu, stages: [{ kind: "activation", name: "softmax", vectors: {}, formula: { steps: [["#1", "add.reduce", "z"]], result: "#1" } }] };
    expect(new Activation(softmax).health(z, [0], new Float64Array())).toBeNull();
    expect(new Activation({ ...relu, stages: [] }).health(z, [0], new Float64Array())).toBeNull();
  });
  test("values fall into bins of their range, on the chosen rows alone", () => {
    expect(counted(Float64Array.from([0, 1, 2, 4, 9, 9]), 2, [0, 1], [0, 4], 4)).toEqual([1, 1, 1, 1]);
  });
});

describe("axes and time", () => {
  test("ticks are round, and numbers short", () => {
    expect(ticks(-1.1, 1.1, 5)).toEqual([-1, -0.5, 0, 0.5, 1]);
    expect(ticks(1, 1, 5)).toEqual([]);
    expect([written(-0.1234), written(1.5e-7), written(0), written(NaN), written(-Infinity)]).toEqual(["−0.123", "1.5×10⁻⁷", "0", "NaN", "−∞"]);
    expect([power(-3), power(-1), power(6), power(-300)]).toEqual(["10⁻³", "0.1", "10⁶", "10⁻³⁰⁰"]);
    expect(exponents(-1.7, 4.3, 10)).toEqual([-1, 0, 1, 2, 3, 4]);
    expect(exponents(-300, 300, 5)).toEqual([-242, -121, 0, 121, 242]);
  });
  test("the moment next to an epoch", () => {
    const epochs = Float64Array.from([0, 1, 10, 100]);
    expect([-5, 0.4, 0.6, 6, 54, 56, 1e9].map((epoch) => nextTo(epochs, epoch))).toEqual([0, 0, 1, 2, 2, 3, 3]);
  });
  test("the axis is the present run's, and a ghost moves it by three powers of ten at most", () => {
    const line = (ghost: boolean, ...y: number[]) => ({ label: "", colour: "", ghost, x: new Float64Array(y.length), y: Float64Array.from(y) });
    expect(extent([line(false, 0.05, 2)], true)).toEqual([-2, 1]);
    expect(extent([line(false, 0.05, 2), line(true, 1e-4, 1e300)], true)).toEqual([-4, 4]);
    expect(extent([line(false, 0, 2), line(true, 1e300)], false)).toEqual([expect.closeTo(-0.3, 12), expect.closeTo(6.3, 12)]);
    expect(extent([line(false, 1, 1e307), line(true, Number.MAX_VALUE, 5e-324)], true)).toEqual([-3, 309]);
    expect(extent([], true)).toEqual([-1, 0]);
    expect(extent([line(false, NaN, Infinity)], false)).toEqual([0, 1]);
  });
  test("lines share one axis, with gaps where a logarithm would be of nothing", () => {
    const line = (x: number[], y: number[]) => ({ label: "", colour: "", x: Float64Array.from(x), y: Float64Array.from(y) });
    const data = joined({ lines: [line([0, 2], [1, 0]), line([1, 2], [NaN, 100])], logY: true });
    expect(data.map((each) => Array.from(each as number[]))).toEqual([[0, 1, 2], [0, undefined, null], [undefined, null, 2]]);
  });
});

test("every word that the views say is there, in both languages, with the same blanks", () => {
  const folder = new URL("../src/views/", import.meta.url);
  const texts = readdirSync(folder).filter((name) => name.endsWith(".ts")).map((name) => readFileSync(new URL(name, folder), "utf-8"));
  const said = new Set(texts.flatMap((text) => [...text.matchAll(/"views\.(\w+)"/g)].map((match) => match[1]!)));
  expect([...said].filter((key) => !(key in strings.en.views))).toEqual([]);
  const blanks = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort();
  for (const section of ["views", "findings"] as const) {
    const [en, zh] = [strings.en[section] as Record<string, string>, strings["zh-Hant"][section] as Record<string, string>];
    expect(Object.keys(zh)).toEqual(Object.keys(en));
    for (const key of Object.keys(en)) expect([key, blanks(zh[key]!)]).toEqual([key, blanks(en[key]!)]);
  }
});

test("every finding has its words and their blanks, as symptoms.py lists them", () => {
  const source = readFileSync(new URL("../../src/chainrule/play/symptoms.py", import.meta.url), "utf-8").split('"""')[1]!;
  const codes = [...source.matchAll(/^ {4}(\w+) {2,}([a-z_]+(?:, [a-z_]+)*)  /gm)];
  expect(codes.length).toBeGreaterThan(10);
  const words = strings.en.findings as Record<string, string>;
  for (const [, code, fields] of codes) {
    expect(words, code).toHaveProperty(code!);
    const used = [...[words[code!], words[`${code}.why`], words[`${code}.try`]].join(" ").matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
    for (const name of used) expect(fields!.split(", "), code).toContain(name);
  }
});
