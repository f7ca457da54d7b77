import type { Amount } from "./stats.ts";

/** Buffers counted, and their lengths added up. */
export class Tally implements Amount {
  buffers = 0;
  bytes = 0;

  add(bytes: number): void {
    this.buffers++;
    this.bytes += bytes;
  }

  remove(bytes: number): void {
    this.buffers--;
    this.bytes -= bytes;
  }

  snapshot(): Amount {
    return { buffers: this.buffers, bytes: this.bytes };
  }
}
