import { Buffer } from "@seamless/celltypes";
import type { Checksum } from "@seamless/checksum";
import { memoryStore, type Store } from "@seamless/store";

/** A store with these texts in it. */
export function storeWith(name: string, ...buffers: readonly Buffer[]): Store {
  const contents = new Map(buffers.map((buffer) => [buffer.getChecksum().hex(), buffer.content]));
  return memoryStore({ name, contents, writable: false });
}

export interface ScriptedStore extends Store {
  /** Checksums that were asked for, and the signals that came along. */
  readonly asked: { checksum: Checksum; signal: AbortSignal | undefined }[];
}

/** A store of which only `get` is used, and does what the test says. */
export function scriptedStore(
  name: string,
  get: (checksum: Checksum, signal: AbortSignal | undefined) => Promise<Uint8Array | undefined>,
): ScriptedStore {
  const asked: ScriptedStore["asked"] = [];
  return {
    ...memoryStore({ name, writable: false, costClass: "remote" }),
    asked,
    get(checksum, { signal } = {}) {
      asked.push({ checksum, signal });
      return get(checksum, signal);
    },
  };
}

export function text(value: string): Buffer {
  return new Buffer(value, "text");
}
