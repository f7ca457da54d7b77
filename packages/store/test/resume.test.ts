import { Checksum, SeamlessError } from "@seamless/checksum";
import { expect, test } from "vitest";
import { resumedChunks, verifiedChunks } from "../src/index.ts";

const BYTES = Uint8Array.from({ length: 1000 }, (_, i) => i * 7);
const broken = () => new SeamlessError("STORE_FAILED", "connection reset");

/** A source that fails after so many bytes of each attempt, and tells where each began. */
function source(steps: readonly number[], error: () => Error = broken) {
  const offsets: number[] = [];
  const open = async function* (offset: number) {
    const most = steps[offsets.length] ?? BYTES.length;
    offsets.push(offset);
    const end = Math.min(BYTES.length, offset + most);
    for (let at = offset; at < end; at += 100) yield BYTES.subarray(at, Math.min(end, at + 100));
    if (end < BYTES.length) throw error();
  };
  return { offsets, open };
}

async function joined(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: number[] = [];
  for await (const chunk of chunks) parts.push(...chunk);
  return Uint8Array.from(parts);
}

test("a source that breaks off goes on where it stopped, and the whole is verified", async () => {
  const { offsets, open } = source([150, 0, 1, 400]);
  const chunks = verifiedChunks(Checksum.of(BYTES), resumedChunks(open(0), open, { firstDelay: 1 }));
  expect(await joined(chunks)).toEqual(BYTES);
  expect(offsets).toEqual([0, 150, 150, 151, 551]);
});

test("attempts that bring nothing are counted; one that brings something begins the count anew", async () => {
  const few = source([100, 0, 0, 1, 0, 0, 1]);
  await joined(resumedChunks(few.open(0), few.open, { attempts: 3, firstDelay: 1 }));
  const many = source([100, 0, 0, 0, 0]);
  await expect(joined(resumedChunks(many.open(0), many.open, { attempts: 3, firstDelay: 1 }))).rejects.toThrow(
    "connection reset",
  );
  expect(many.offsets).toEqual([0, 100, 100, 100]);
});

test("what lasts is not tried again", async () => {
  const { offsets, open } = source([100], () => new SeamlessError("ACCESS_DENIED", "no"));
  await expect(joined(resumedChunks(open(0), open))).rejects.toMatchObject({ code: "ACCESS_DENIED" });
  expect(offsets).toEqual([0]);
});

test("a buffer that is gone when it is to go on is the failure that there was", async () => {
  const { open } = source([100]);
  await expect(joined(resumedChunks(open(0), async () => undefined))).rejects.toThrow("connection reset");
});

test("another buffer in the middle is found out", async () => {
  const { open } = source([100]);
  const other = async function* (offset: number) {
    yield new Uint8Array(BYTES.length - offset);
  };
  const chunks = verifiedChunks(Checksum.of(BYTES), resumedChunks(open(0), other));
  await expect(joined(chunks)).rejects.toMatchObject({ code: "CHECKSUM_MISMATCH" });
});

test("an aborted signal ends it, also in a wait", async () => {
  const controller = new AbortController();
  const { open } = source([100, 0, 0, 0, 0, 0], () => {
    controller.abort(new Error("enough"));
    return broken();
  });
  const chunks = resumedChunks(open(0), open, { signal: controller.signal, firstDelay: 1e6 });
  await expect(joined(chunks)).rejects.toThrow("enough");
});
