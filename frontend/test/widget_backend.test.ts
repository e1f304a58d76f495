import { expect, test } from "vitest";
import type { Frame, Settings } from "../src/contract";
import { encoded } from "../src/take/encode";
import { type Model, WidgetBackend } from "../src/widget_backend";
import { hosted } from "../vite.notebook.config";

/** A kernel that answers as it is told. */
class Kernel {
  sent: { content: Record<string, unknown>; buffers: ArrayBuffer[] }[] = [];
  private hear: (content: unknown, buffers: DataView[]) => void = () => undefined;
  readonly model = {
    on: (_: string, hear: never) => void (this.hear = hear),
    off: () => void (this.hear = () => undefined),
    send: (content: Record<string, unknown>, _: unknown, buffers: ArrayBuffer[] = []) => void this.sent.push({ content, buffers }),
  } as unknown as Model;

  say(content: unknown, ...bytes: Uint8Array[]): void {
    // A message's buffers lie one after the other in one piece of memory, at any place.
    const views = bytes.map((each) => {
      const whole = new Uint8Array(each.length + 3);
      whole.set(each, 3);
      return new DataView(whole.buffer, 3, each.length);
    });
    this.hear(content, views);
  }
}

const settings = { seed: 0 } as Settings;
const moments = (run: number) => encoded({ header: { type: "moments", run }, arrays: { loss: { shape: [1], values: Float64Array.of(run) } } });

test("frames go to whom they belong, and an older run says nothing more", () => {
  const kernel = new Kernel();
  const backend = new WidgetBackend(kernel.model);
  const heard: number[] = [];
  const receive = (frame: Frame) => void heard.push(frame.arrays.loss!.values[0]!);
  backend.run(settings, receive);
  backend.run(settings, receive);
  const [first, second] = kernel.sent.map(({ content }) => content.id as number);
  kernel.say({ id: second, frame: true }, moments(second!));
  kernel.say({ id: first, frame: true }, moments(first!));
  expect(heard).toEqual([second]);
  expect(kernel.sent[1]!.content).toMatchObject({ ask: "run", run: second, settings });
  backend.cancel();
  kernel.say({ id: second, frame: true }, moments(second!));
  expect(heard).toEqual([second]);
});

test("answers find their questions in any order, and refusals say why", async () => {
  const kernel = new Kernel();
  const backend = new WidgetBackend(kernel.model);
  const code = backend.code(settings);
  const derived = backend.derive(settings, 3, [99], "standard");
  const [ofCode, ofDerived] = kernel.sent.map(({ content }) => content.id as number);
  kernel.say({ id: ofDerived, error: { message: "no such sample", field: "samples" } });
  kernel.say({ id: ofCode, answer: { name: "run.py", type: "text/x-python" } }, new TextEncoder().encode("pass"));
  await expect(derived).rejects.toThrow("no such sample");
  expect(new TextDecoder().decode((await code).bytes)).toBe("pass");
});

test("a run that is refused fails like any other", () => {
  const kernel = new Kernel();
  const backend = new WidgetBackend(kernel.model);
  let header: unknown;
  backend.run(settings, (frame) => (header = frame.header));
  const { id, run } = kernel.sent[0]!.content;
  kernel.say({ id, error: { message: "epochs must be 1 to 1000000", field: "epochs" } });
  expect(header).toEqual({ type: "error", run, message: "epochs must be 1 to 1000000", field: "epochs" });
});

test("a kernel that was started anew says so", async () => {
  const gone = () => {
    throw new Error("Cannot send");
  };
  const backend = new WidgetBackend({ on: () => undefined, send: gone } as unknown as Model);
  let header: unknown;
  backend.run(settings, (frame) => (header = frame.header));
  expect(header).toMatchObject({ type: "error", message: expect.stringContaining("run the cell again") });
  await expect(backend.code(settings)).rejects.toThrow("run the cell again");
  backend.cancel();
});

test("a page's root and body are the host of a shadow root; names that only look like them are not", () => {
  expect(hosted(':root{--a:1}:root[data-theme="dark"]{--a:2}')).toBe(':host{--a:1}:host([data-theme="dark"]){--a:2}');
  expect(hosted("html{font-size:1rem}body,main{margin:0}.panel-body{x:y}.body {x:y}")).toBe(
    ":host{font-size:1rem}:host,main{margin:0}.panel-body{x:y}.body {x:y}",
  );
});
