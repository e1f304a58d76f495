import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HttpBackend } from "../src/backend";
import type { Frame, Settings } from "../src/contract";
import { frame } from "./frame";

/** The socket of the page, played by the test. */
class Socket {
  static readonly OPEN = 1;
  static all: Socket[] = [];
  readyState = 0;
  sent: string[] = [];
  onopen = () => {};
  onclose = () => {};
  onmessage = (_: { data: unknown }) => {};
  constructor(readonly address: URL) {
    Socket.all.push(this);
  }
  send = (text: string) => void this.sent.push(text);
  close = () => {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose();
  };
  open(): void {
    this.readyState = 1;
    this.onopen();
  }
  say = (header: object) => this.onmessage({ data: frame(header) });
}

interface Asked {
  path: string;
  body: { run: number; settings: { n: number } };
  answer: (status: number, body: unknown) => Promise<void>;
  lose: () => Promise<void>;
}

let asked: Asked[];
let backend: HttpBackend;
const of = (n: number) => ({ n }) as Settings;
const settle = () => vi.advanceTimersByTimeAsync(0);
const socket = () => Socket.all.at(-1)!;

beforeEach(async () => {
  vi.useFakeTimers();
  asked = [];
  Socket.all = [];
  vi.stubGlobal("WebSocket", Socket);
  vi.stubGlobal("fetch", (address: string, { body = "{}" }: { body?: string }) => {
    if (address.endsWith("schema")) return Promise.resolve(Response.json({ fields: [] }));
    return new Promise<Response>((done, fail) => {
      asked.push({
        path: new URL(address).pathname,
        body: JSON.parse(body) as Asked["body"],
        answer: async (status, answer) => (done(Response.json(answer, { status })), settle()),
        lose: async () => (fail(new TypeError("gone")), settle()),
      });
    });
  });
  backend = new HttpBackend("http://localhost:1/", () => 100);
  await backend.schema();
  socket().open();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a channel says hello, and its run's frames are heard", async () => {
  const heard: Frame[] = [];
  expect(socket().address.href).toBe("ws://localhost:1/api/channel");
  const { type, channel } = JSON.parse(socket().sent[0]!) as Record<string, string>;
  expect(type).toBe("hello");
  backend.run(of(1), (each) => heard.push(each));
  expect(asked[0]).toMatchObject({ path: "/api/run", body: { channel, run: 1, settings: { n: 1 } } });
  await asked[0]!.answer(202, { run: 1 });
  socket().say({ type: "moments", run: 1 });
  socket().say({ type: "moments", run: 0 });
  expect(heard.map(({ header }) => header.run)).toEqual([1]);
});

test("while a request is on its way, only the newest settings wait", async () => {
  for (let n = 1; n <= 9; n++) backend.run(of(n), () => {});
  expect(asked.map(({ body }) => body.settings.n)).toEqual([1]);
  await asked[0]!.answer(202, {});
  expect(asked.map(({ body }) => body.settings.n)).toEqual([1, 9]);
  expect(asked.map(({ body }) => body.run)).toEqual([1, 2]);
});

test("an older run is heard no more once a newer one is asked for", async () => {
  const heard: number[] = [];
  backend.run(of(1), ({ header }) => heard.push(header.run));
  await asked[0]!.answer(202, {});
  backend.run(of(2), ({ header }) => heard.push(header.run));
  socket().say({ type: "moments", run: 1 });
  socket().say({ type: "moments", run: 2 });
  expect(heard).toEqual([2]);
});

test("a refusal is told with the field it blames", async () => {
  const heard: Frame[] = [];
  backend.run(of(1), (each) => heard.push(each));
  await asked[0]!.answer(400, { error: { message: "n must be 10 and more", field: "n" } });
  expect(heard[0]!.header).toEqual({ type: "error", run: 1, message: "n must be 10 and more", field: "n" });
});

test("a refusal of an older run is not told", async () => {
  const heard: Frame[] = [];
  backend.run(of(1), (each) => heard.push(each));
  backend.cancel();
  await asked[0]!.answer(400, { error: { message: "no" } });
  expect(heard).toEqual([]);
});

test("when the server comes back, what had not ended is asked for again", async () => {
  const heard: number[] = [];
  backend.run(of(1), ({ header }) => heard.push(header.run));
  await asked[0]!.answer(202, {});
  socket().close();
  expect(backend.connected.value).toBe(false);
  await vi.advanceTimersByTimeAsync(100);
  socket().close(); // still away
  await vi.advanceTimersByTimeAsync(100);
  expect(Socket.all).toHaveLength(3);
  socket().open();
  expect(backend.connected.value).toBe(true);
  expect(asked[1]).toMatchObject({ path: "/api/run", body: { run: 2, settings: { n: 1 } } });
  socket().say({ type: "end", run: 2 });
  expect(heard).toEqual([2]);
});

test("a run that has ended is not asked for again", async () => {
  backend.run(of(1), () => {});
  await asked[0]!.answer(202, {});
  socket().say({ type: "end", run: 1 });
  socket().close();
  await vi.advanceTimersByTimeAsync(100);
  socket().open();
  expect(asked).toHaveLength(1);
});

test("settings changed while the server is away are run when it is back, the newest alone", async () => {
  backend.run(of(1), () => {});
  await asked[0]!.lose();
  expect(backend.connected.value).toBe(false);
  backend.run(of(2), () => {});
  backend.run(of(3), () => {});
  expect(asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(100);
  socket().open();
  expect(asked.slice(1).map(({ body }) => body.settings.n)).toEqual([3]);
});

test("a download's bytes come out of their base64", async () => {
  const promise = backend.model(of(1), 5, "onnx");
  expect(asked[0]!.body).toEqual({ settings: { n: 1 }, epoch: 5, format: "onnx" });
  await asked[0]!.answer(200, { name: "a.onnx", type: "b/c", bytes: "AAEC" });
  expect(await promise).toEqual({ name: "a.onnx", type: "b/c", bytes: Uint8Array.of(0, 1, 2) });
});
