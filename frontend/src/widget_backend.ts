/** The engine in a notebook's kernel: requests and frames are messages of the widget. */
import type { Backend, DerivationPage, Download, Frame, Schema, Settings, Table } from "./contract";
import { decoded } from "./frames";
import { say } from "./words";

/** What anywidget gives to a page: https://anywidget.dev/en/afm/ */
export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, hear: (...args: never[]) => void): void;
  off(event?: string | null, hear?: ((...args: never[]) => void) | null): void;
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[] | ArrayBufferView[]): void;
}

interface Message {
  id: number;
  frame?: true;
  answer?: unknown;
  error?: { message: string; field: string | null };
}

type Buffers = (DataView | ArrayBuffer)[];
type Reply = { answer: unknown; buffers: Buffers };

export class WidgetBackend implements Backend {
  readonly trains = true;
  /** Each window that shows a notebook hears the answers to all of them: so each counts from a place of its own. */
  private count = Math.floor(Math.random() * 2 ** 31) * 2 ** 20;
  private current: { id: number; run: number; receive: (frame: Frame) => void } | null = null;
  private readonly asked = new Map<number, { done: (reply: Reply) => void; fail: (error: Error) => void }>();
  private readonly hear = (message: Message, buffers: Buffers) => this.take(message, buffers);

  constructor(private readonly widget: Model) {
    widget.on("msg:custom", this.hear as never);
  }

  close(): void {
    this.cancel();
    this.widget.off("msg:custom", this.hear as never);
  }

  async schema(): Promise<Schema> {
    return (await this.ask("schema", {})).answer as Schema;
  }

  run(settings: Settings, receive: (frame: Frame) => void): void {
    this.order("run", { settings }, receive);
  }

  seeds(settings: Settings, count: number, receive: (frame: Frame) => void): void {
    this.order("seeds", { settings, count }, receive);
  }

  cancel(): void {
    this.current = null;
    this.send({ id: ++this.count, ask: "cancel" }, () => undefined); // with the kernel its runs have ended too
  }

  async derive(settings: Settings, epoch: number, samples: number[], notation: string): Promise<DerivationPage> {
    return (await this.ask("derive", { settings, epoch, samples, notation })).answer as DerivationPage;
  }

  async code(settings: Settings): Promise<Download> {
    return file(await this.ask("code", { settings }));
  }

  async model(settings: Settings, epoch: number, format: string): Promise<Download> {
    return file(await this.ask("model", { settings, epoch, format }));
  }

  async open(name: string, bytes: Uint8Array): Promise<{ settings?: Partial<Settings>; table?: Table }> {
    return (await this.ask("open", { name }, [bytes.slice().buffer])).answer as { settings?: Partial<Settings> };
  }

  /** A part of the page that is not in the widget's script. */
  async part(name: string): Promise<string> {
    return new TextDecoder().decode(bufferOf((await this.ask("part", { name })).buffers[0]!));
  }

  private order(ask: string, body: Record<string, unknown>, receive: (frame: Frame) => void): void {
    const id = ++this.count;
    this.current = { id, run: id, receive };
    this.send({ id, ask, run: id, ...body }, ({ message }) =>
      receive({ header: { type: "error", run: id, message, field: null }, arrays: {} }),
    );
  }

  private ask(ask: string, body: Record<string, unknown>, buffers: ArrayBuffer[] = []): Promise<Reply> {
    const id = ++this.count;
    return new Promise((done, fail) => {
      this.asked.set(id, { done, fail });
      this.send({ id, ask, ...body }, fail, buffers);
    });
  }

  /** Send a message, which a widget of a kernel that was started anew cannot. */
  private send(content: object, fail: (error: Error) => void, buffers: ArrayBuffer[] = []): void {
    try {
      this.widget.send(content, undefined, buffers);
    } catch {
      fail(new Error(say("notices.kernel_gone")));
    }
  }

  private take({ id, frame, answer, error }: Message, buffers: Buffers): void {
    if (this.current?.id === id) {
      const { run, receive } = this.current;
      if (error) receive({ header: { type: "error", run, ...error }, arrays: {} });
      else if (frame) receive(decoded(bufferOf(buffers[0]!)));
      return;
    }
    const waiting = this.asked.get(id);
    this.asked.delete(id);
    if (error) waiting?.fail(new Error(error.message));
    else waiting?.done({ answer, buffers });
  }
}

/** Bytes of a message as a buffer of their own: they lie anywhere in the message's. */
function bufferOf(bytes: DataView | ArrayBuffer): ArrayBuffer {
  if (bytes instanceof ArrayBuffer) return bytes;
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

function file({ answer, buffers }: Reply): Download {
  return { ...(answer as { name: string; type: string }), bytes: new Uint8Array(bufferOf(buffers[0]!)) };
}
