import { Checksum, SeamlessError } from "@seamless/checksum";
import { rejection } from "@seamless/internal/testing";
import { describe, expect, test } from "vitest";
import { copyBuffers, storeUsage, syncStores } from "../src/housekeeping/index.ts";
import { memoryStore, type Store } from "../src/index.ts";

function filled(count: number, size = 10) {
  const contents = new Map<string, Uint8Array>();
  for (let i = 0; i < count; i++) {
    const bytes = new Uint8Array(size);
    bytes.set(new TextEncoder().encode(`${i} `));
    contents.set(Checksum.of(bytes).hex(), bytes);
  }
  return { contents, store: memoryStore({ contents, name: "from" }), all: [...contents.keys()].map(toChecksum) };
}

const toChecksum = (hex: string) => new Checksum(hex);

/** In memory, and what it was asked. */
function target(changes: Partial<Store> = {}) {
  const contents = new Map<string, Uint8Array>();
  return { contents, store: { ...memoryStore({ contents, name: "to" }), ...changes } };
}

test("copies what is not there, and counts", async () => {
  const from = filled(2500);
  const to = target();
  for (const checksum of from.all.slice(0, 300)) await to.store.put(checksum, from.contents.get(checksum.hex())!);
  const far: [number, number][] = [];
  const onProgress = (now: { files: number; bytes: number }) => void far.push([now.files, now.bytes]);
  // One that comes twice is copied once.
  const report = await copyBuffers(from.store, to.store, [...from.all, from.all[2400]!], { onProgress });
  expect(report).toEqual({ copied: 2200, bytes: 22_000, present: 300, failed: 0, errors: [] });
  expect(to.contents).toEqual(from.contents);
  expect(far.at(-1)).toEqual([2500, 22_000]);
  expect(await syncStores(from.store, to.store)).toMatchObject({ copied: 0, present: 2500 });
  expect(await storeUsage(to.store)).toEqual({ buffers: 2500, bytes: 25_000 });
});

test("a dry run copies nothing", async () => {
  const from = filled(3);
  const to = target({ writable: false });
  expect(await syncStores(from.store, to.store, { dryRun: true })).toMatchObject({ copied: 3, bytes: 30 });
  expect(to.contents.size).toBe(0);
});

test("a buffer that fails keeps no other from being copied", async () => {
  const from = filled(5);
  const [missing, corrupt] = [Checksum.of(new Uint8Array([7])), from.all[1]!];
  from.contents.set(corrupt.hex(), new Uint8Array(10));
  const to = target();
  const errors: string[] = [];
  const onError = ({ code }: { code: string }) => void errors.push(code);
  const report = await copyBuffers(from.store, to.store, [missing, ...from.all], { onError });
  expect(report).toMatchObject({ copied: 4, failed: 2 });
  expect(report.errors).toMatchObject([{ code: "CACHE_MISS", checksum: missing }, { code: "CHECKSUM_MISMATCH" }]);
  expect(errors).toEqual(["CACHE_MISS", "CHECKSUM_MISMATCH"]);
  expect(to.contents.size).toBe(4);
});

test("what has no length may be damaged: then that is reported, also in a dry run", async () => {
  const from = filled(2);
  const [damaged, late] = from.all as [Checksum, Checksum];
  const nowhere = Checksum.of(new Uint8Array([7]));
  const unsure: Store = {
    ...from.store,
    lengths: async (asked) => asked.map(() => undefined),
    getStream: async (checksum, options) => {
      if (checksum.equals(damaged)) throw new SeamlessError("STORE_FAILED", "it cannot be decoded", { checksum });
      return from.store.getStream(checksum, options);
    },
  };
  for (const dryRun of [true, false]) {
    const to = target();
    const report = await copyBuffers(unsure, to.store, [damaged, late, nowhere], { dryRun });
    expect(report).toMatchObject({ copied: 1, bytes: 10, failed: 2 });
    expect(report.errors.map(({ code, checksum }) => [code, checksum?.hex()])).toEqual([
      ["STORE_FAILED", damaged.hex()],
      ["CACHE_MISS", nowhere.hex()],
    ]);
    expect([...to.contents.keys()]).toEqual(dryRun ? [] : [late.hex()]);
  }
});

test("gives up once nothing works any more", async () => {
  const from = filled(2000);
  let puts = 0;
  const to = target({
    async put() {
      puts++;
      throw new Error("no route to host");
    },
  });
  const error = await rejection(syncStores(from.store, to.store, { concurrency: 4 }));
  expect(error).toMatchObject({ code: "STORE_FAILED", message: expect.stringContaining("no route to host") });
  expect(puts).toBeLessThan(40);
});

describe("a large buffer", () => {
  const size = 5_000_000;

  /** Breaks off once for each call, after some bytes. */
  function breaking(store: Store, after: number) {
    const offsets: number[] = [];
    const getStream: Store["getStream"] = async (checksum, options = {}) => {
      offsets.push(options.offset ?? 0);
      const stream = await store.getStream(checksum, options);
      let left = after;
      return stream?.pipeThrough(
        new TransformStream({
          transform(chunk, controller) {
            left -= chunk.byteLength;
            if (left < 0) controller.error(new Error("connection reset"));
            else controller.enqueue(chunk);
          },
        }),
      );
    };
    return { offsets, store: { ...store, getStream } };
  }

  test("goes on where it broke off", async () => {
    const from = filled(1, size);
    const broken = breaking(from.store, 2_000_000);
    const to = target();
    expect(await copyBuffers(broken.store, to.store, from.all)).toMatchObject({ copied: 1, bytes: size });
    expect(broken.offsets.length).toBe(3);
    expect(broken.offsets).toEqual([...broken.offsets].sort((a, b) => a - b));
    expect(await to.store.check?.(from.all)).toEqual(["ok"]);
  });

  test("is never right by half: what comes from an offset is hashed with the rest", async () => {
    const from = filled(1, size);
    const broken = breaking(from.store, 2_000_000);
    const getStream: Store["getStream"] = async (checksum, options) => {
      from.contents.get(checksum.hex())?.fill(9, 4_000_000);
      return broken.store.getStream(checksum, options);
    };
    const to = target();
    const report = await copyBuffers({ ...broken.store, getStream }, to.store, from.all);
    expect(report).toMatchObject({ copied: 0, failed: 1, errors: [{ code: "CHECKSUM_MISMATCH" }] });
    expect(to.contents.size).toBe(0);
  });

  test("of a store that does not resume fails", async () => {
    const from = filled(1, size);
    const broken = breaking(from.store, 2_000_000);
    const to = target();
    const report = await copyBuffers({ ...broken.store, resumes: false }, to.store, from.all);
    expect(report).toMatchObject({ failed: 1, errors: [{ code: "STORE_FAILED" }] });
  });
});

test("with check, what is wrong there is copied again", async () => {
  const from = filled(3);
  const to = target({
    async delete() {
      return true;
    },
  });
  await syncStores(from.store, to.store);
  const [wrong] = from.all;
  to.contents.set(wrong!.hex(), new Uint8Array(10));
  expect(await syncStores(from.store, to.store)).toMatchObject({ present: 3 });
  expect(await syncStores(from.store, to.store, { check: true })).toMatchObject({ present: 2, copied: 1 });
});

test("what is there is made young, and what goes meanwhile is copied", async () => {
  const from = filled(3);
  const to = target();
  await syncStores(from.store, to.store);
  const touched: number[] = [];
  const touch: Store["touch"] = async (checksums) => {
    touched.push(checksums.length);
    to.contents.delete(checksums[0]!.hex());
    return to.store.touch!(checksums);
  };
  expect(await syncStores(from.store, { ...to.store, touch })).toMatchObject({ copied: 1, present: 2 });
  expect(touched).toEqual([3]);
  expect(to.contents).toEqual(from.contents);
});

test("refuses what it cannot do", async () => {
  const from = filled(1);
  const readOnly = target({ writable: false });
  expect(await rejection(syncStores(from.store, readOnly.store))).toMatchObject({ code: "READ_ONLY" });
  const { list: _, ...blind }: Store = from.store;
  expect(await rejection(syncStores(blind, target().store))).toMatchObject({ code: "UNSUPPORTED" });
  expect(await rejection(storeUsage(blind))).toMatchObject({ code: "UNSUPPORTED" });
  const options = { concurrency: 0 };
  expect(await rejection(syncStores(from.store, target().store, options))).toMatchObject({ code: "INVALID_ARGUMENT" });
});

test("stops when it is aborted", async () => {
  const from = filled(100);
  const controller = new AbortController();
  const reason = new Error("enough");
  const onProgress = ({ files }: { files: number }) => void (files > 10 && controller.abort(reason));
  const to = target();
  expect(await rejection(syncStores(from.store, to.store, { signal: controller.signal, onProgress }))).toBe(reason);
  expect(to.contents.size).toBeLessThan(60);
});
