import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Checksum } from "@seamless/checksum";
import { expect, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { tempDir } from "./support/temp.ts";

const BYTES = Buffer.from("hello\n".repeat(1000));
const checksum = Checksum.of(BYTES);
const encoded = gzipSync(BYTES);
const once = async function* (bytes: Uint8Array) {
  yield bytes;
};

test("what the caller has decoded and hashed is not decoded again, but hashed as it is", async () => {
  const folder = tempDir();
  const store = directoryStore(folder, { layout: "flat" });
  const decodedBefore = { encoded: Checksum.of(encoded), length: BYTES.byteLength };
  // Too much for a store that would decode it.
  await store.putEncoded(checksum, "gzip", once(encoded), { decodedBefore, maxDecodedBytes: 1, maxDecodedRatio: 1 });
  expect(readFileSync(join(folder, `${checksum.hex()}.gz`))).toEqual(encoded);
  expect(readFileSync(join(folder, `${checksum.hex()}.BUFFERLENGTH`), "utf8").trim()).toBe("6000");
  expect(await store.get(checksum)).toEqual(new Uint8Array(BYTES));
  await store.close();
});

test("other bytes than those are refused", async () => {
  const store = directoryStore(tempDir());
  const decodedBefore = { encoded: Checksum.of(gzipSync("another")), length: BYTES.byteLength };
  await expect(store.putEncoded(checksum, "gzip", once(encoded), { decodedBefore })).rejects.toMatchObject({
    code: "CHECKSUM_MISMATCH",
  });
  expect(await store.has([checksum])).toEqual([false]);
  await store.close();
});
