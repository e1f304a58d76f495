/** The engine on a server: requests are POSTed, frames of runs come through a WebSocket that opens again by itself. */
import { signal } from "@preact/signals-core";
import type { Backend, DerivationPage, Download, Frame, Schema, Settings, Table } from "./contract";
import { decoded, fromBase64, toBase64 } from "./frames";
import { say } from "./words";

/** What a request was refused for. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly field: string | null,
    readonly status: number,
  ) {
    super(message);
  }
}

/** Something to train: what is asked for, and who hears of it. */
interface Order {
  path: "run" | "seeds";
  body: Record<string, unknown>;
  receive: (frame: Frame) => void;
}

type Packed = { name: string; type: string; bytes: string };

export class HttpBackend implements Backend {
  readonly trains = true;
  /** Whether the server is there. */
  readonly connected = signal(true);

  private readonly channel = crypto.getRandomValues(new Uint32Array(4)).join("-");
  private socket: WebSocket | null = null;
  private tries = 0;
  private count = 0;
  /** What is heard of until it ends, by its number; an older one is forgotten. */
  private current: { order: Order; run: number } | null = null;
  /** The newest order that waits while another is on its way to the server. */
  private waiting: Order | null = null;
  private sending = false;

  /** @param base - the address that "api/" is under. */
  constructor(
    private readonly base: string,
    private readonly wait = (tries: number) => Math.min(250 * 2 ** tries, 4000),
  ) {}

  async schema(): Promise<Schema> {
    const schema = (await this.answer(
      await reached(fetch(this.address("schema"), { headers: { Accept: "application/json" } })),
    )) as Schema;
    this.openChannel();
    return schema;
  }

  run(settings: Settings, receive: (frame: Frame) => void): void {
    this.order({ path: "run", body: { settings }, receive });
  }

  seeds(settings: Settings, count: number, receive: (frame: Frame) => void): void {
    this.order({ path: "seeds", body: { settings, count }, receive });
  }

  cancel(): void {
    this.current = this.waiting = null;
    void this.post("cancel", { channel: this.channel }).catch(() => undefined); // a server that is gone trains nothing
  }

  derive(settings: Settings, epoch: number, samples: number[], notation: string): Promise<DerivationPage> {
    return this.post("derive", { settings, epoch, samples, notation }) as Promise<DerivationPage>;
  }

  async code(settings: Settings): Promise<Download> {
    return unpacked((await this.post("code", { settings })) as Packed);
  }

  async model(settings: Settings, epoch: number, format: string): Promise<Download> {
    return unpacked((await this.post("model", { settings, epoch, format })) as Packed);
  }

  open(name: string, bytes: Uint8Array): Promise<{ settings?: Partial<Settings>; table?: Table }> {
    return this.post("open", { name, bytes: toBase64(bytes) }) as Promise<{
      settings?: Partial<Settings>;
      table?: Table;
    }>;
  }

  /** The newest order wins: whatever waited is forgotten, and what runs is no longer listened to. */
  private order(order: Order): void {
    this.waiting = order;
    void this.send();
  }

  private async send(): Promise<void> {
    if (this.sending || this.socket?.readyState !== WebSocket.OPEN) return;
    this.sending = true;
    while (this.waiting) {
      const order = this.waiting;
      this.waiting = null;
      const run = ++this.count;
      this.current = { order, run };
      try {
        await this.post(order.path, { channel: this.channel, run, ...order.body });
      } catch (error) {
        if (this.lost(error)) break;
        this.fail(run, error as Error);
      }
    }
    this.sending = false;
  }

  /** Whether there was no answer at all: the order then goes out again with the next connection. */
  private lost(error: unknown): boolean {
    if (error instanceof Refused) return false;
    this.socket?.close();
    return true;
  }

  private fail(run: number, error: Error): void {
    if (this.current?.run !== run) return;
    const field = error instanceof Refused ? error.field : null;
    this.hear({ header: { type: "error", run, message: error.message, field }, arrays: {} });
  }

  private hear(frame: Frame): void {
    const { header } = frame;
    const { order } = this.current!;
    const last = header.type === "seeds" ? header.done === header.of : ["end", "error"].includes(header.type);
    if (last) this.current = null;
    order.receive(frame);
  }

  private openChannel(): void {
    const address = new URL(this.address("channel"));
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: "hello", channel: this.channel }));
      this.socket = socket;
      this.tries = 0;
      this.connected.value = true;
      // A server that has come back knows nothing of what it had begun.
      if (!this.waiting && this.current) this.waiting = this.current.order;
      void this.send();
    };
    socket.onmessage = ({ data }) => {
      if (!(data instanceof ArrayBuffer)) return;
      const frame = decoded(data);
      if (frame.header.run === this.current?.run) this.hear(frame);
    };
    socket.onclose = () => {
      if (this.socket === socket || this.tries > 0) this.connected.value = false;
      this.socket = null;
      setTimeout(() => this.openChannel(), this.wait(this.tries++));
    };
  }

  private address(path: string): string {
    return new URL(`api/${path}`, this.base).href;
  }

  private async post(path: string, body: unknown): Promise<unknown> {
    const headers = { "Content-Type": "application/json" };
    return this.answer(await reached(fetch(this.address(path), { method: "POST", headers, body: JSON.stringify(body) })));
  }

  private async answer(response: Response): Promise<unknown> {
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok) return answer;
    const error = (answer as { error?: { message?: string; field?: string | null } } | null)?.error;
    throw new Refused(
      error?.message ?? say("notices.answered", { status: response.status }),
      error?.field ?? null,
      response.status,
    );
  }
}

/** The answer; the browser's word for there being none is in the browser's language. */
function reached(answer: Promise<Response>): Promise<Response> {
  return answer.catch(() => Promise.reject(new Error(say("notices.gone"))));
}

function unpacked({ name, type, bytes }: Packed): Download {
  return { name, type, bytes: fromBase64(bytes) };
}
