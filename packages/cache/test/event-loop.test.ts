import { Buffer } from "@seamless/celltypes";
import { Checksum } from "@seamless/checksum";
import {
  joinChunks,
  memoryStore,
  proveVerified,
  type Store,
  streamChunks,
  verifiedChunks,
  verifyInSlices,
} from "@seamless/store";
import { describe, expect, test, vi } from "vitest";
import { countTurns } from "../../../tools/build/turns.ts";
import { createRuntime } from "../src/index.ts";

const MIB = 2 ** 20;
/** Bytes that are hashed or copied in one turn of the event loop, at most. */
const TURN = 2 * MIB;
const SIZES = [8, 32].map((mib) => mib * MIB);

function marked(length: number, mark = 1): Uint8Array {
  return new Uint8Array(length).fill(mark, length - 1);
}

interface Way {
  /** How often all bytes are hashed or copied on the way. */
  readonly passes: number;
  /** What has to be done before it is counted, and what is counted. */
  prepare(bytes: Uint8Array, checksum: Checksum): Promise<() => Promise<unknown>>;
}

function planted(bytes: Uint8Array, checksum: Checksum): Store {
  return memoryStore({ contents: new Map([[checksum.hex(), bytes]]) });
}

async function* inOne(bytes: Uint8Array) {
  yield bytes;
}

const WAYS: Readonly<Record<string, Way>> = {
  "a buffer's checksum": {
    passes: 1,
    prepare: async (bytes) => () => new Buffer(bytes, { copy: false }).computeChecksum(),
  },
  "a buffer's value as bytes": {
    passes: 1,
    prepare: async (bytes) => {
      const buffer = new Buffer(bytes, { copy: false });
      return () => buffer.getValue("bytes");
    },
  },
  verifying: { passes: 1, prepare: async (bytes, checksum) => () => verifyInSlices(checksum, bytes) },
  "copying and verifying": { passes: 1, prepare: async (bytes, checksum) => () => proveVerified(checksum, bytes) },
  "get of the memory store": {
    passes: 1,
    prepare: async (bytes, checksum) => () => planted(bytes, checksum).get(checksum),
  },
  "put of the memory store": {
    passes: 1,
    prepare: async (bytes, checksum) => () => memoryStore().put(checksum, bytes),
  },
  "putStream of one piece": {
    passes: 2,
    prepare: async (bytes, checksum) => () => memoryStore().putStream(checksum, inOne(bytes)),
  },
  "getStream of the memory store": {
    passes: 1,
    prepare: async (bytes, checksum) => async () => {
      const stream = await planted(bytes, checksum).getStream(checksum);
      for await (const _ of streamChunks(stream!));
    },
  },
  "joining verified pieces": {
    passes: 2,
    prepare: async (bytes, checksum) => () => joinChunks(verifiedChunks(checksum, inOne(bytes))),
  },
  "runtime.resolve from a store": {
    passes: 1,
    prepare: async (bytes, checksum) => {
      const runtime = createRuntime({ stores: [planted(bytes, checksum)] });
      return () => runtime.resolve(checksum);
    },
  },
  "runtime.resolve as bytes": {
    passes: 2,
    prepare: async (bytes, checksum) => {
      const runtime = createRuntime({ stores: [planted(bytes, checksum)] });
      return () => runtime.resolve(checksum, "bytes");
    },
  },
  "runtime.resolve of what the cache has, as bytes": {
    passes: 1,
    prepare: async (bytes, checksum) => {
      const runtime = createRuntime();
      const buffer = new Buffer(bytes, { copy: false });
      await buffer.computeChecksum();
      runtime.register(buffer);
      return () => runtime.resolve(checksum, "bytes");
    },
  },
  "runtime.write": {
    passes: 2,
    prepare: async (bytes) => {
      const runtime = createRuntime({ stores: [memoryStore()] });
      return () => runtime.write(new Buffer(bytes, { copy: false }));
    },
  },
  "a reference, and the flush after it": {
    passes: 1,
    prepare: async (bytes) => {
      const runtime = createRuntime({ stores: [memoryStore()] });
      const buffer = new Buffer(bytes, { copy: false });
      const checksum = await buffer.computeChecksum();
      return () => {
        runtime.register(buffer);
        runtime.incref(checksum);
        return runtime.flush();
      };
    },
  },
  "a fingertip": {
    passes: 1,
    prepare: async (bytes, checksum) => {
      const runtime = createRuntime({ stores: [planted(bytes, checksum)] });
      return () => runtime.fingertip(checksum);
    },
  },
};

describe("the event loop has a turn for each 2 MiB", () => {
  test.each(Object.entries(WAYS))("%s", async (_, { passes, prepare }) => {
    for (const size of SIZES) {
      const bytes = marked(size);
      const work = await prepare(bytes, Checksum.of(bytes));
      const atOnce = vi.spyOn(Checksum, "of");
      const { turns, mostHashed } = await countTurns(work);
      const lengths = atOnce.mock.calls.map(([hashed]) => hashed.byteLength);
      atOnce.mockRestore();
      expect(Math.max(mostHashed, ...lengths)).toBeLessThanOrEqual(TURN);
      // The first slice needs no turn.
      expect(turns).toBeGreaterThanOrEqual((passes * size) / TURN - passes);
    }
  });

  test("however many are resolved at the same time", async () => {
    const all = Array.from({ length: 20 }, (_, i) => marked(3 * MIB, i));
    const checksums = all.map((bytes) => Checksum.of(bytes));
    const contents = new Map(all.map((bytes, i) => [checksums[i]!.hex(), bytes]));
    const runtime = createRuntime({ stores: [memoryStore({ contents })] });
    const { mostHashed } = await countTurns(() => Promise.all(checksums.map((checksum) => runtime.resolve(checksum))));
    expect(mostHashed).toBeLessThanOrEqual(TURN);
  });
});

describe("a buffer that is hashed while it is being written", () => {
  const long = () => new Buffer(marked(4 * TURN), { copy: false });

  test("is flushed", async () => {
    const store = memoryStore();
    const runtime = createRuntime({ stores: [store] });
    const buffer = long();
    const written = runtime.write(buffer);
    await runtime.flush();
    expect(await store.has([buffer.getChecksum()])).toEqual([true]);
    await written;
    await runtime.close();
  });

  test("is written by close", async () => {
    const store = memoryStore();
    const runtime = createRuntime({ stores: [store] });
    const buffer = long();
    const written = runtime.write(buffer);
    await runtime.close();
    await written;
    expect(await store.has([buffer.getChecksum()])).toEqual([true]);
  });

  test("is refused if close does not wait for it", async () => {
    const runtime = createRuntime({ stores: [memoryStore()] });
    const written = runtime.write(long());
    await runtime.close({ timeout: 0, signal: AbortSignal.abort() }).catch(() => undefined);
    await expect(written).rejects.toMatchObject({ code: "INVALID_STATE" });
  });

  test("may be given up by whoever waits; it is written all the same", async () => {
    const store = memoryStore();
    const runtime = createRuntime({ stores: [store] });
    const buffer = long();
    const controller = new AbortController();
    const written = runtime.write(buffer, { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(written).rejects.toThrow("enough");
    await runtime.close();
    expect(await store.has([buffer.getChecksum()])).toEqual([true]);
  });
});
