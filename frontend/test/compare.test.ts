import { expect, test } from "vitest";
import type { Settings } from "../src/contract";
import { differences } from "../src/compare/differences";
import { curveOf, type Fan, logAxis, nearest, quantiles, runAt } from "../src/compare/fan";
import { wilson } from "../src/compare/wilson";

const settings = (given: object) => given as Settings;

test("only what differs is listed, dictionaries taken apart, and what a run lacks is undefined", () => {
  const a = settings({ seed: 0, hidden: [3, 3], optimizer: "sgd", optimizer_settings: { learning_rate: 0.3, momentum: 0.9 } });
  const b = settings({ seed: 0, hidden: [3], optimizer: "adam", optimizer_settings: { learning_rate: 0.3, beta_1: 0.9 } });
  expect(differences([a, b])).toEqual([
    { name: "hidden", values: [[3, 3], [3]] },
    { name: "optimizer", values: ["sgd", "adam"] },
    { name: "momentum", values: [0.9, undefined] },
    { name: "beta_1", values: [undefined, 0.9] },
  ]);
  expect(differences([a, { ...a }])).toEqual([]);
});

test("Wilson's interval, against the values of scipy.stats.binomtest(k, n).proportion_ci(method='wilson')", () => {
  const [low, high] = wilson(0, 10);
  expect(low).toBe(0);
  expect(high).toBeCloseTo(0.27753279986288926, 12);
  const [below, above] = wilson(83, 100);
  expect(below).toBeCloseTo(0.7445199523239887, 10);
  expect(above).toBeCloseTo(0.8910643388594006, 10);
});

const fan: Fan = {
  epoch: Float64Array.of(0, 10, 100),
  loss: Float64Array.of(1, 0.5, 0.001, 1, 0.6, 0.5, 1, NaN, NaN),
  seeds: Float64Array.of(7, 8, 9),
};

test("quantiles leave out what has diverged", () => {
  const [low, middle] = quantiles(fan, [0, 0.5]);
  expect([...low!]).toEqual([1, 0.5, 0.001]);
  expect(middle![1]).toBeCloseTo(0.55, 12);
});

test("the best, the median and the worst run; a diverged run is the worst", () => {
  expect([0, 0.5, 1].map((share) => fan.seeds[runAt(fan, share)])).toEqual([7, 8, 9]);
  expect([...curveOf(fan, 1)]).toEqual([1, 0.6, 0.5]);
});

test("before any run there are no quantiles, no best run and no curve to find, and the axes stand", () => {
  const none: Fan = { epoch: fan.epoch, loss: new Float64Array(), seeds: new Float64Array() };
  expect(quantiles(none, [0.5]).map((each) => [...each])).toEqual([[NaN, NaN, NaN]]);
  expect([0, 0.5, 1].map((share) => runAt(none, share))).toEqual([-1, -1, -1]);
  const [across, up] = [logAxis(none.epoch, 0, 200), logAxis(none.loss, 300, 0)];
  expect(up.exponents.length).toBeGreaterThan(0);
  expect(nearest(none, across, up, 100, 150)).toBe(-1);
});

test("a logarithmic axis has its powers of ten at even distances, and holds 0 at its beginning", () => {
  const axis = logAxis([0, 0.001, 1], 100, 400);
  expect(axis.exponents.map((exponent) => Math.round(axis.place(10 ** exponent)))).toEqual([100, 200, 300, 400]);
  expect(axis.place(0)).toBe(100);
  expect(logAxis([NaN, 0], 0, 1).exponents.length).toBeGreaterThan(0);
});

test("a click finds the curve it is near to, and none where there is none", () => {
  const across = logAxis([1, 100], 0, 200);
  const up = logAxis(fan.loss, 300, 0);
  expect(nearest(fan, across, up, 199, up.place(0.5) + 3)).toBe(1);
  expect(nearest(fan, across, up, 199, 290)).toBe(0);
  expect(nearest(fan, across, up, 199, up.place(0.5) + 60)).toBe(-1);
});
