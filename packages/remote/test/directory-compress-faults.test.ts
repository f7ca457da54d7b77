import { spawnSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { Checksum } from "@seamless/checksum";
import { rejection } from "@seamless/internal/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { unavailable } from "../../../tools/build/unavailable.ts";
import { directoryStore } from "../src/directory/index.ts";
import { createEncoder } from "../src/encoding/encode.ts";
import { files } from "./support/folder.ts";
import { chunksOf, collect, sumOf } from "./support/sample.ts";
import { tempDir } from "./support/temp.ts";

/** What becomes half as long. */
function halvable(length: number) {
  const bytes = randomFillSync(new Uint8Array(length)).map((byte) => byte & 15);
  return { bytes, checksum: Checksum.of(bytes) };
}

/** @returns whether such a file system could be mounted. */
function mount(folder: string, options: string): boolean {
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]).status === 0;
  if (mounted) onTestFinished(() => void spawnSync("umount", ["-l", folder]));
  return mounted;
}

describe.each(["gzip", "zstd"] as const)("%s", (coding) => {
  test("a full disk: nothing is left of what has no room, and what was there stays", async ({ skip }) => {
    const folder = tempDir();
    if (!mount(folder, "size=1m")) unavailable(skip, "no disk to fill: mounting a tmpfs is not allowed here");
    const store = directoryStore(folder, { compress: coding });
    const [small, large] = [halvable(100_000), halvable(4_000_000)];
    await store.put(small.checksum, small.bytes);
    const encoded = await collect(createEncoder(coding, 1)(chunksOf(large.bytes)));
    const writes = [
      () => store.put(large.checksum, large.bytes),
      () => store.putStream(large.checksum, chunksOf(large.bytes)),
      () => store.putEncoded(large.checksum, coding, chunksOf(...encoded)),
    ];
    for (const write of writes) expect(await rejection(write())).toMatchObject({ code: "DISK_FULL" });
    expect(files(folder).filter((file) => file.includes(large.checksum.hex()) || file.endsWith(".tmp"))).toEqual([]);
    expect(sumOf(await store.get(small.checksum))).toBe(small.checksum.hex());
  });

  test("a read-only disk: READ_ONLY, and what is there in any form is there", async ({ skip }) => {
    const folder = tempDir();
    if (!mount(folder, "size=8m")) unavailable(skip, "no disk to mount read-only: mounting is not allowed here");
    const store = directoryStore(folder, { compress: coding });
    const [there, other] = [halvable(100_000), halvable(100_000)];
    await store.put(there.checksum, there.bytes);
    expect(spawnSync("mount", ["-o", "remount,ro", folder]).status).toBe(0);
    await store.put(there.checksum, there.bytes);
    expect(sumOf(await store.get(there.checksum))).toBe(there.checksum.hex());
    const again = directoryStore(folder, { compress: coding });
    for (const each of [store, again]) {
      expect(await rejection(each.put(other.checksum, other.bytes))).toMatchObject({ code: "READ_ONLY" });
      expect(await rejection(each.putStream(other.checksum, chunksOf(other.bytes)))).toMatchObject({
        code: "READ_ONLY",
      });
    }
  });
});
