import { signal } from "@preact/signals-core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Backend, DerivationPage } from "../src/contract";
import { engine } from "../src/engine";
import { PAUSE, pagesOf, type Question } from "../src/inside/pages";

const asked: { epoch: number; done: (page: DerivationPage) => void; fail: (error: Error) => void }[] = [];
const question = (epoch: number) => [{}, epoch, [0], "standard"] as unknown as Question;
const page = (epoch: number) => ({ epoch }) as DerivationPage;
const settled = () => vi.advanceTimersByTimeAsync(PAUSE);

beforeEach(() => {
  vi.useFakeTimers();
  asked.length = 0;
  const derive = (_: unknown, epoch: number) => new Promise((done, fail) => asked.push({ epoch, done, fail }));
  engine.value = { derive } as unknown as Backend;
});
afterEach(() => {
  engine.value = null;
  vi.useRealTimers();
});

test("a cursor that moves on asks once, and a late answer of an older question is not shown", async () => {
  const now = signal<Question>(question(1));
  const { page: shown, stop } = pagesOf(now);
  await settled();
  now.value = question(2);
  now.value = question(3);
  await settled();
  // Before there is a page nothing waits, so that the first one comes at once: 1, and then the newest.
  expect(asked.map(({ epoch }) => epoch)).toEqual([1, 3]);
  asked[1]!.done(page(3));
  asked[0]!.done(page(1));
  await settled();
  expect(shown.value).toEqual(page(3));
  stop();
});

test("what fails says so, and the next page takes the word away", async () => {
  const now = signal<Question>(question(1));
  const { failed, waiting, stop } = pagesOf(now);
  await settled();
  asked[0]!.fail(new Error("the server is gone"));
  await settled();
  expect([failed.value, waiting.value]).toEqual(["the server is gone", false]);
  now.value = question(2);
  await settled();
  asked[1]!.done(page(2));
  await settled();
  expect(failed.value).toBe("");
  stop();
});

test("a closed walk asks for nothing", async () => {
  const { stop } = pagesOf(signal<Question>(null));
  await settled();
  expect(asked).toEqual([]);
  stop();
});
