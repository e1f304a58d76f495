/** The engine of a replay: there is none. What the page may ask for is what was recorded. */
import type { Backend, Schema } from "./contract";
import { say } from "./words";

export class RecordingBackend implements Backend {
  readonly trains = false;

  constructor(private readonly known: Schema) {}

  schema(): Promise<Schema> {
    return Promise.resolve(this.known);
  }
  run(): void {}
  seeds(): void {}
  cancel(): void {}
  derive = refused;
  code = refused;
  model = refused;
  open = refused;
}

function refused(): Promise<never> {
  return Promise.reject(new Error(say("take.no_engine")));
}
