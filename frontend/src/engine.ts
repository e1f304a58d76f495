/** Who computes for this page: whoever starts the page sets it, once. */
import { signal } from "@preact/signals-core";
import type { Backend } from "./contract";

export const engine = signal<Backend | null>(null);
