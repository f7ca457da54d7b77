import { Buffer as NodeBuffer } from "node:buffer";
import { createRuntime } from "@seamless/cache";
import { Buffer } from "@seamless/celltypes";
import { type Checksum, type ProvenBytes, proveBytes } from "@seamless/checksum";
import { joinChunks, memoryStore, type Store } from "@seamless/store";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { countHashed } from "../../../tools/build/hashed.ts";
import { directoryStore } from "../src/directory/index.ts";
import { hashserverStore } from "../src/hashserver/index.ts";
import { tieredStore } from "../src/tiered/tiered-store.ts";
import { serve } from "./support/server-fixture.ts";
import { tempDir } from "./support/temp.ts";

/** What is hashed at once, what is written at once, and what is neither, in bytes. */
const LENGTHS = [10_000, 1_500_000, 5_000_000];

type Make = () => Store | Promise<Store>;

const memory: Make = () => memoryStore();
const folder: Make = () => directoryStore(tempDir());

/** A client of a server of a store. */
const served = (make: Make) => async () => {
  const { url } = await serve({ store: await make(), writable: true });
  const store = hashserverStore(url);
  onTestFinished(() => store.close?.());
  return store;
};

/** What no server hashes, so that what is hashed is hashed here. */
const serverOf = (contents: Map<string, Uint8Array>) =>
  served(() => {
    const { check: _, ...store } = memoryStore({ contents });
    const get: Store["get"] = async (checksum) => contents.get(checksum.hex());
    return {
      ...store,
      get,
      async getStream(checksum) {
        const bytes = contents.get(checksum.hex());
        return bytes === undefined ? undefined : new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
      },
      async put(checksum, bytes) {
        contents.set(checksum.hex(), bytes);
      },
      async putStream(checksum, chunks) {
        contents.set(checksum.hex(), await joinChunks(chunks));
      },
    };
  });

const tiers = (...makes: readonly [Make, ...Make[]]) => {
  return async () => {
    const [fast, ...slower] = await Promise.all(makes.map((make) => make()));
    const store = tieredStore([fast!, ...slower], { write: "all" });
    onTestFinished(() => store.close());
    return store;
  };
};

/** A store of somebody else, who has never heard of proofs. */
const foreign: Make = () => ({ ...memoryStore() });

/** Somewhere that the buffer lies in the last tier alone. */
const lastOf =
  (make: () => Promise<ReturnType<typeof tieredStore>>) => async (checksum: Checksum, bytes: Uint8Array) => {
    const store = await make();
    await store.tiers.at(-1)!.put(checksum, bytes);
    return store;
  };

const holding = (make: Make) => async (checksum: Checksum, bytes: Uint8Array) => {
  const store = await make();
  await store.put(checksum, bytes);
  return store;
};

function sample(length: number): { readonly bytes: Uint8Array; readonly proven: ProvenBytes } {
  const bytes = new Uint8Array(length).fill(7, 1);
  return { bytes, proven: proveBytes(bytes) };
}

/** As `toEqual`, which takes a second for what is long. */
function isSame(found: Uint8Array, bytes: Uint8Array): boolean {
  return NodeBuffer.compare(found, bytes) === 0;
}

/** How often all bytes are hashed. */
async function passes(length: number, work: () => Promise<unknown>): Promise<number> {
  return (await countHashed(work)) / length;
}

// The table of trivial buffers is made once, when a buffer is looked for first.
beforeAll(async () => {
  const runtime = createRuntime();
  await runtime.resolve(new Buffer(null, "plain").getChecksum());
  await runtime.close();
});

describe("resolve hashes", () => {
  const here = new Map<string, Uint8Array>();
  test.each([
    ["from memory", 1, holding(memory)],
    ["from a folder", 1, holding(folder)],
    ["from a hashserver, here", 1, holding(serverOf(here))],
    ["from a hashserver of a folder, here and there", 2, holding(served(folder))],
    ["from tiers, the first", 1, holding(tiers(folder, folder))],
    ["from tiers, filling one", 2, lastOf(tiers(folder, folder))],
    ["from tiers, filling two", 3, lastOf(tiers(folder, memory, folder))],
    ["from tiers in tiers", 1, holding(tiers(tiers(folder), folder))],
    ["from a store without proofs, there and here", 2, holding(foreign)],
  ])("%s: passes %i", async (_, times, make) => {
    for (const length of LENGTHS) {
      const { bytes, proven } = sample(length);
      const store = await make(proven.checksum, bytes);
      const runtime = createRuntime({ stores: [store] });
      const found = await passes(length, async () => {
        await runtime.resolve(proven.checksum);
        await store.close?.();
      });
      expect(found).toBe(times);
      await runtime.close();
    }
  });

  test("from the cache: never, also for a value", async () => {
    const { bytes, proven } = sample(5_000_000);
    const runtime = createRuntime({ stores: [await holding(folder)(proven.checksum, bytes)] });
    await runtime.resolve(proven.checksum);
    expect(await passes(1, () => runtime.resolve(proven.checksum, "bytes"))).toBe(0);
    await runtime.close();
  });
});

describe("write hashes", () => {
  const there = new Map<string, Uint8Array>();
  test.each([
    ["to memory", 2, memory],
    ["to a folder", 2, folder],
    ["to a hashserver, here", 1, serverOf(there)],
    ["to a hashserver of a folder, here and there", 2, served(folder)],
    ["to tiers of one", 2, tiers(folder)],
    ["to tiers of two, once more", 3, tiers(folder, memory)],
  ])("%s: passes %i", async (_, times, make) => {
    for (const length of LENGTHS) {
      const { bytes } = sample(length);
      const runtime = createRuntime({ stores: [await make()] });
      expect(await passes(length, () => runtime.write(new Buffer(bytes)))).toBe(times);
      await runtime.close();
    }
  });

  test.each([
    ["to memory", memory],
    ["to a folder", folder],
  ])("%s twice for a buffer that others can change", async (_, make) => {
    for (const length of LENGTHS) {
      const runtime = createRuntime({ stores: [await make()] });
      const buffer = new Buffer(sample(length).bytes, { copy: false });
      expect(await passes(length, () => runtime.write(buffer))).toBe(2);
      await runtime.close();
    }
  });
});

describe("put of what is there hashes", () => {
  test.each([
    ["in a folder", 1, 2, folder],
    ["in memory", 0, 1, memory],
    ["in tiers", 1, 2, tiers(folder)],
    ["in two tiers, once in each", 2, 3, tiers(folder, folder)],
    ["on a hashserver of a folder", 1, 2, served(folder)],
  ])("%s: passes %i if it is proven, else %i", async (_, proved, handed, make) => {
    for (const length of LENGTHS) {
      const { bytes, proven } = sample(length);
      const store = await holding(make)(proven.checksum, bytes);
      expect(await passes(length, () => store.putProven!(proven))).toBe(proved);
      expect(await passes(length, () => store.put(proven.checksum, bytes))).toBe(handed);
    }
  });
});

/** The ways to get at the memory of a buffer, and a buffer each. */
const EXPOSED: Readonly<Record<string, () => Promise<{ readonly buffer: Buffer; readonly memory: Uint8Array }>>> = {
  async content() {
    const buffer = new Buffer(sample(100_000).bytes);
    await buffer.computeChecksum();
    return { buffer, memory: buffer.content };
  },
  async "copy: false"() {
    const memory = sample(100_000).bytes;
    return { buffer: new Buffer(memory, { copy: false }), memory };
  },
  async unsafeShared() {
    const buffer = new Buffer(
      Float64Array.from({ length: 10_000 }, (_, i) => i),
      "binary",
    );
    await buffer.computeChecksum();
    const array = await buffer.getValue("binary");
    return { buffer, memory: array!.bytes({ unsafeShared: true }) };
  },
  async "unsafeShared, before the checksum is known"() {
    const buffer = new Buffer(
      Float64Array.from({ length: 10_000 }, (_, i) => i),
      "binary",
    );
    const array = await buffer.getValue("binary");
    return { buffer, memory: array!.bytes({ unsafeShared: true }) };
  },
};

const STORES: Readonly<Record<string, Make>> = {
  memory,
  "a folder": folder,
  "a hashserver": served(folder),
  tiers: tiers(memory, folder),
  "a store without proofs": foreign,
};

describe("bytes that somebody has changed are not stored under the old checksum", () => {
  describe.each(Object.entries(EXPOSED))("by %s", (_, expose) => {
    test.each(Object.entries(STORES))("through the writer to %s", async (_, make) => {
      const { buffer, memory } = await expose();
      const checksum = buffer.getChecksum();
      const store = await make();
      const runtime = createRuntime({ stores: [store] });
      memory[0]! ^= 1;
      await expect(runtime.write(buffer)).rejects.toThrow(/have been changed|have the checksum/);
      expect(await store.has([checksum])).toEqual([false]);
      await runtime.close().catch(() => undefined);
    });

    test.each(Object.entries(STORES))("by a put to %s", async (_, make) => {
      const { buffer, memory } = await expose();
      const checksum = buffer.getChecksum();
      const store = await make();
      memory[0]! ^= 1;
      await expect(store.put(checksum, memory)).rejects.toThrow();
      expect(buffer.proven).toBeUndefined();
      expect(await store.has([checksum])).toEqual([false]);
    });
  });

  test.each(Object.entries(STORES))("nor with a proof that was valid, in %s", async (_, make) => {
    const { bytes } = sample(100_000);
    const proven = proveBytes(bytes);
    proven.expose()[0]! ^= 1;
    const store = await make();
    const put = store.putProven?.(proven) ?? store.put(proven.checksum, proven.copy());
    await expect(put).rejects.toMatchObject({ code: "CHECKSUM_MISMATCH" });
    expect(await store.has([proven.checksum])).toEqual([false]);
  });

  test.each(Object.entries(STORES))("by getValue('bytes'), which gives a copy: %s", async (_, make) => {
    const { bytes, proven } = sample(100_000);
    const buffer = new Buffer(bytes);
    buffer.getChecksum();
    (await buffer.getValue("bytes"))[0]! ^= 1;
    buffer.getValueSync("bytes")[0]! ^= 1;
    const store = await make();
    const runtime = createRuntime({ stores: [store] });
    await runtime.write(buffer);
    expect(isSame((await store.get(proven.checksum))!, bytes)).toBe(true);
    await runtime.close();
  });

  test.each([
    ["memory", memory],
    ["a folder", folder],
    ["a store without proofs", foreign],
  ])("by the back-fill of %s", async (_, make) => {
    const { bytes, proven } = sample(3_000_000);
    const fast = await make();
    const store = tieredStore([fast, await holding(memory)(proven.checksum, bytes)]);
    const runtime = createRuntime({ stores: [store] });
    const buffer = await runtime.resolve(proven.checksum);
    buffer.content[0]! ^= 1;
    // It waits for the back-fill.
    await store.close();
    const found = await fast.get(proven.checksum);
    expect(found === undefined || isSame(found, bytes)).toBe(true);
    await runtime.close();
  });
});
