import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { IndexProgress } from "../src/node/index.ts";
import { builtNode } from "./support/built.ts";
import { rejection } from "./support/errors.ts";
import { makeTempDir, removeTempDir } from "./support/temp.ts";

// Against the build: the worker is a file of its own there.
const { indexDirectory } = builtNode;

const SMALL_FILES = 3500;
const LARGE_FILES = 6;
const LARGE = 2 ** 26;
let folder: string;

// Small files for many takers, and large ones, sparse so that only hashing them takes time.
beforeAll(() => {
  folder = makeTempDir();
  for (let i = 0; i < SMALL_FILES; i++) {
    const sub = join(folder, `d${i % 7}`);
    if (i < 7) mkdirSync(sub);
    writeFileSync(join(sub, `f${i}`), `content of ${i}`);
  }
  for (let i = 0; i < LARGE_FILES; i++) {
    writeFileSync(join(folder, `large-${i}`), `${i}`);
    truncateSync(join(folder, `large-${i}`), LARGE);
  }
});
afterAll(() => removeTempDir(folder));

/** The workers that start from now on. */
function watchWorkers(): Worker[] {
  const workers: Worker[] = [];
  const note = (worker: Worker) => void workers.push(worker);
  process.on("worker", note);
  onTestFinished(() => void process.off("worker", note));
  return workers;
}

test("one thread and two agree, and the second is there", async () => {
  const workers = watchWorkers();
  const alone = await indexDirectory(folder, { threads: 1 });
  expect(workers).toHaveLength(0);
  const seen: IndexProgress[] = [];
  const together = await indexDirectory(folder, { threads: 2, onProgress: (progress) => seen.push(progress) });
  expect(workers).toHaveLength(1);
  expect(alone.entries.size).toBe(SMALL_FILES + LARGE_FILES);
  expect(Buffer.from(together.buffer).equals(Buffer.from(alone.buffer))).toBe(true);
  expect(together.checksum.hex()).toBe(alone.checksum.hex());
  expect(together.bytes).toBe(alone.bytes);
  expect(seen.at(-1)).toEqual({
    files: alone.entries.size,
    totalFiles: alone.entries.size,
    bytes: alone.bytes,
    totalBytes: alone.bytes,
  });
});

test("abort while the threads are at work stops them all, and rejects with the reason", async () => {
  const workers = watchWorkers();
  const controller = new AbortController();
  const reason = new Error("enough");
  const abort = () => controller.abort(reason);
  process.once("worker", (worker) => worker.once("online", abort));
  expect(await rejection(indexDirectory(folder, { threads: 3, signal: controller.signal }))).toBe(reason);
  expect(workers).toHaveLength(2);
  // None of them outlives the call.
  for (const worker of workers) expect(worker.threadId).toBe(-1);
});

test("failures of all threads are collected, as errors of the family", async () => {
  const broken = makeTempDir();
  onTestFinished(() => removeTempDir(broken));
  // Links to files of the kernel, which are never as long as they say: every one fails, in whichever thread.
  const count = 3200;
  for (let i = 0; i < count; i++) symlinkSync("/proc/version", join(broken, `f${String(i).padStart(4, "0")}`));
  const workers = watchWorkers();
  const error = await rejection(indexDirectory(broken, { threads: 2 }));
  expect(workers).toHaveLength(1);
  expect(error).toMatchObject({ name: "SeamlessError", code: "INDEX_FAILED" });
  expect(error.errors!.map(({ file }) => file)).toEqual(
    Array.from({ length: count }, (_, i) => join(broken, `f${String(i).padStart(4, "0")}`)),
  );
  expect(new Set(error.errors!.map(({ code }) => code))).toEqual(new Set(["FILE_CHANGED"]));
});
