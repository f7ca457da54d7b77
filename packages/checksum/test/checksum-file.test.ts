import { createHash } from "node:crypto";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checksumFile } from "../src/node/index.ts";
import { rejection } from "./support/errors.ts";
import { makeTempDir, removeTempDir, tempDir } from "./support/temp.ts";

const MiB = 2 ** 20;
let folder: string;
/** Seven slices and a bit, each unlike the others. */
const content = new Uint8Array(7 * MiB + 12_345);

beforeAll(() => {
  folder = makeTempDir();
  for (let i = 0; i < content.length; i++) content[i] = (i * 31 + (i >>> 8) * 7 + (i >>> 20)) & 0xff;
});
afterAll(() => removeTempDir(folder));

const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

function file(bytes: Uint8Array): string {
  const path = join(folder, `file-${bytes.length}`);
  writeFileSync(path, bytes);
  return path;
}

test.each([0, 1, 63, 64, 65, MiB - 1, MiB, MiB + 1, 2 * MiB, 3 * MiB + 1, 4 * MiB - 1, 7 * MiB, 7 * MiB + 12_345])(
  "a file of %i bytes",
  async (size) => {
    const bytes = content.subarray(0, size);
    const seen: [number, number][] = [];
    const checksum = await checksumFile(file(bytes), {
      onProgress: ({ bytes, totalBytes }) => seen.push([bytes, totalBytes]),
    });
    expect(checksum.hex()).toBe(hashOf(bytes));
    // Progress goes up to the size, in slices of at most 1 MiB.
    const steps = seen.map(([done], i) => done - (seen[i - 1]?.[0] ?? 0));
    expect(seen.map(([, total]) => total)).toEqual(seen.map(() => size));
    expect(seen.at(-1)?.[0] ?? 0).toBe(size);
    for (const step of steps) expect(step).toSatisfy((bytes: number) => bytes > 0 && bytes <= MiB);
  },
);

test("several at a time do not mix", async () => {
  const sizes = [MiB + 5, 5 * MiB, 100, 7 * MiB + 1];
  const files = sizes.map((size) => file(content.subarray(0, size)));
  const checksums = await Promise.all(files.map((path) => checksumFile(path)));
  expect(checksums.map(String)).toEqual(sizes.map((size) => hashOf(content.subarray(0, size))));
});

test("a path may be a URL, a link, or have any name", async () => {
  const path = join(tempDir(), 'a #%?"\\\n\u{1f600}');
  writeFileSync(path, "hello\n");
  symlinkSync(path, `${path}-link`);
  for (const form of [path, pathToFileURL(path), `${path}-link`]) {
    expect((await checksumFile(form)).hex()).toBe(hashOf(Buffer.from("hello\n")));
  }
});

describe("abort", () => {
  const reason = new Error("enough");

  test("before the start: nothing is opened", async () => {
    expect(await rejection(checksumFile("/no/such/file", { signal: AbortSignal.abort(reason) }))).toBe(reason);
  });

  test("midway: the file is not read to its end", async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const promise = checksumFile(file(content), {
      signal: controller.signal,
      onProgress: ({ bytes }) => {
        seen.push(bytes);
        if (seen.length === 2) controller.abort(reason);
      },
    });
    expect(await rejection(promise)).toBe(reason);
    expect(seen).toEqual([MiB, 2 * MiB]);
  });

  test("without a reason: an AbortError", async () => {
    const controller = new AbortController();
    const promise = checksumFile(file(content), { signal: controller.signal, onProgress: () => controller.abort() });
    expect((await rejection(promise)).name).toBe("AbortError");
  });

  test("what onProgress throws passes unchanged, also an error of another file", async () => {
    for (const thrown of [reason, Object.assign(new Error("not ours"), { code: "ENOENT", syscall: "open" })]) {
      const promise = checksumFile(file(content), {
        onProgress: () => {
          throw thrown;
        },
      });
      expect(await rejection(promise)).toBe(thrown);
    }
  });
});
