import type { Checksum } from "@seamless/checksum";
import { memoryStore, type Store } from "@seamless/store";

export interface FlakyStore extends Store {
  readonly contents: Map<string, Uint8Array>;
  /** Every `put`, in order. */
  readonly puts: Checksum[];
  /** What happens before a `put`; throws to make it fail. */
  before: (checksum: Checksum, signal: AbortSignal | undefined) => Promise<void> | void;
  /** Puts that were going on at once, at most; and bytes. */
  readonly most: { puts: number; bytes: number };
}

/** A store whose writes fail, hang and wait as the test says. */
export function flakyStore(name = "flaky", before: FlakyStore["before"] = () => {}): FlakyStore {
  const contents = new Map<string, Uint8Array>();
  const inner = memoryStore({ name, contents });
  const most = { puts: 0, bytes: 0 };
  let puts = 0;
  let bytes = 0;
  const store: FlakyStore = {
    ...inner,
    contents,
    before,
    most,
    puts: [],
    async put(checksum, content, { signal } = {}) {
      store.puts.push(checksum);
      most.puts = Math.max(most.puts, ++puts);
      bytes += content.byteLength;
      most.bytes = Math.max(most.bytes, bytes);
      try {
        await store.before(checksum, signal);
        await inner.put(checksum, content, { signal });
      } finally {
        puts--;
        bytes -= content.byteLength;
      }
    },
  };
  return store;
}
