import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Backend, Frame, Header, Settings } from "../src/contract";
import { recording, settings } from "../src/store";
import { trainAlong } from "../src/train";

let asked: { n: number; say: (type: Header["type"]) => void }[];
let stop: () => void;
const change = (n: number) => void (settings.value = { n } as Settings);
const wait = (ms: number) => vi.advanceTimersByTime(ms);

const arrays = (type: string) => {
  const one = { shape: [1], values: Float64Array.of(0) };
  return type === "moments"
    ? { epoch: one, numbers: one }
    : type === "start"
      ? { X: one, y: one, validation: one }
      : {};
};

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  recording.value = null;
  settings.value = null;
  const backend = {
    run({ n }: Settings, receive: (frame: Frame) => void) {
      asked.push({ n, say: (type) => receive({ header: { type, run: n } as Header, arrays: arrays(type) }) });
    },
    cancel() {},
  } as unknown as Backend;
  stop = trainAlong(backend);
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});
const runs = () => asked.map(({ n }) => n);

test("a change is a run; one that ends makes way at once", () => {
  change(1);
  change(2);
  change(3);
  expect(runs()).toEqual([1]);
  asked[0]!.say("start");
  asked[0]!.say("moments");
  expect(runs()).toEqual([1]);
  asked[0]!.say("end");
  expect(runs()).toEqual([1, 3]);
});

test("a long run shows its first moments and then makes way, after a twentieth of a second", () => {
  change(1);
  change(2);
  wait(20);
  asked[0]!.say("start");
  asked[0]!.say("moments");
  wait(29);
  expect(runs()).toEqual([1]);
  wait(1);
  expect(runs()).toEqual([1, 2]);
});

test("a run of which nothing comes keeps nothing waiting for long", () => {
  change(1);
  change(2);
  wait(119);
  expect(runs()).toEqual([1]);
  wait(1);
  expect(runs()).toEqual([1, 2]);
});

test("a change after a while does not wait", () => {
  change(1);
  wait(200);
  change(2);
  expect(runs()).toEqual([1, 2]);
});

test("no run without a moment is ever on the page", () => {
  change(1);
  asked[0]!.say("start");
  expect(recording.value).toBe(null);
  asked[0]!.say("moments");
  expect(recording.value).toMatchObject({ count: 1, start: { run: 1 } });
});
