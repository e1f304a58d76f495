import { signal } from "@preact/signals-core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { drawAll, onFrame } from "../src/views/frame";

let frames: (() => void)[] = [];
let look: (entries: { isIntersecting: boolean }[]) => void = () => {};
const nextFrame = () => {
  const due = frames;
  frames = [];
  for (const each of due) each();
};

beforeEach(() => {
  frames = [];
  vi.stubGlobal("requestAnimationFrame", (draw: () => void) => frames.push(draw));
  vi.stubGlobal("cancelAnimationFrame", () => (frames = []));
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      constructor(callback: typeof look) {
        look = callback;
      }
      observe() {}
      disconnect() {}
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

test("it draws at once, and then once a frame however often signals change", () => {
  const [a, b] = [signal(1), signal(2)];
  const draw = vi.fn(() => a.value + b.value);
  const stop = onFrame({} as Element, draw);
  expect(draw).toHaveBeenCalledTimes(1);
  a.value = 5;
  b.value = 6;
  a.value = 7;
  expect(draw).toHaveBeenCalledTimes(1);
  nextFrame();
  expect(draw.mock.results.map(({ value }) => value)).toEqual([3, 13]);
  nextFrame();
  expect(draw).toHaveBeenCalledTimes(2);
  stop();
  a.value = 0;
  nextFrame();
  expect(draw).toHaveBeenCalledTimes(2);
});

test("it follows only what the last drawing read", () => {
  const [which, a, b] = [signal("a"), signal(1), signal(1)];
  const draw = vi.fn(() => (which.value === "a" ? a.value : b.value));
  onFrame({} as Element, draw);
  which.value = "b";
  nextFrame();
  a.value = 2;
  nextFrame();
  expect(draw).toHaveBeenCalledTimes(2);
  b.value = 2;
  nextFrame();
  expect(draw).toHaveBeenCalledTimes(3);
});

test("out of sight it waits, until it is seen or everything is to be drawn", () => {
  const a = signal(1);
  const draw = vi.fn(() => a.value);
  onFrame({} as Element, draw);
  look([{ isIntersecting: false }]);
  a.value = 2;
  nextFrame();
  expect(draw).toHaveBeenCalledTimes(1);
  look([{ isIntersecting: true }]);
  nextFrame();
  expect(draw).toHaveBeenCalledTimes(2);
  look([{ isIntersecting: false }]);
  a.value = 3;
  nextFrame();
  drawAll();
  expect(draw).toHaveBeenCalledTimes(3);
  drawAll();
  expect(draw).toHaveBeenCalledTimes(3);
});
