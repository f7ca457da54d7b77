import { linkSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Checksum, SeamlessError } from "@seamless/checksum";
import { directoryStore } from "@seamless/remote/directory";
import type { Store } from "@seamless/store";
import { describe, expect } from "vitest";
import { writeResumed } from "../src/transfer/resume.ts";
import { run } from "./support/commands.ts";
import { list, writeTree } from "./support/files.ts";
import { keep } from "./support/stores.ts";
import { test } from "./support/test.ts";

const MB = 2 ** 20;
const large = Buffer.alloc(18 * MB, "abcdefg");
const checksum = Checksum.of(large);
const { signal } = new AbortController();

/** A store that has the file, tells the offsets that it is asked for, and breaks off after some bytes the first times. */
async function prepare(dir: string, breaks: readonly number[] = []) {
  await keep(join(dir, "store"), large);
  const real = directoryStore(join(dir, "store"));
  const offsets: number[] = [];
  const store: Store = {
    ...real,
    async getStream(wanted, options = {}) {
      const limit = breaks[offsets.length];
      offsets.push(options.offset ?? 0);
      const stream = (await real.getStream(wanted, options))!;
      if (limit === undefined) return stream;
      let left = limit;
      return stream.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, controller) {
            left -= chunk.byteLength;
            controller.enqueue(chunk);
            if (left <= 0) controller.error(new SeamlessError("STORE_FAILED", "broken off"));
          },
        }),
      );
    },
  };
  const write = (replace = false) => {
    const seen: number[] = [];
    const wanted = { store, checksum, length: large.length, replace, keepMode: replace, signal };
    return writeResumed(join(dir, "large"), wanted, (bytes) => seen.push(bytes)).then(
      (made) => ({ made, last: seen.at(-1) }),
      (error) => ({ error: error.message as string }),
    );
  };
  return { write, offsets };
}

const content = (dir: string, name = "large") => readFileSync(join(dir, name)).equals(large);

describe.concurrent("a large file", () => {
  test("goes on where it broke off, however often, and is made once it is whole", async ({ dir }) => {
    const { write, offsets } = await prepare(dir, [5 * MB, 4 * MB]);
    for (let times = 0; times < 2; times++) {
      expect(await write()).toEqual({ error: "broken off" });
      expect(list(dir)).toEqual([expect.stringMatching(/^\.large\.[0-9a-f]{24}\.tmp$/), "store"]);
    }
    expect(await write()).toEqual({ made: true, last: large.length });
    expect([content(dir), list(dir)]).toEqual([true, ["large", "store"]]);
    expect([offsets[0], offsets[1]! >= 4 * MB, offsets[2]! >= offsets[1]! + 3 * MB]).toEqual([0, true, true]);
    expect(statSync(join(dir, "large")).mode & 0o777).toBe(0o666 & ~process.umask());
  });

  test("begun with other bytes, is written anew", async ({ dir }) => {
    const { write, offsets } = await prepare(dir);
    writeFileSync(join(dir, ".large.0123456789ab.tmp"), Buffer.alloc(3 * MB));
    expect(await write()).toEqual({ made: true, last: large.length });
    expect([content(dir), list(dir), offsets]).toEqual([true, ["large", "store"], [3 * MB, 0]]);
  });

  test("that is all there is not asked for again", async ({ dir }) => {
    const { write, offsets } = await prepare(dir);
    writeFileSync(join(dir, ".large.0123456789ab.tmp"), large);
    expect(await write()).toEqual({ made: true, last: large.length });
    expect([content(dir), list(dir), offsets]).toEqual([true, ["large", "store"], []]);
  });

  test("is not gone on with where that is another name of a file, or too long or too short", async ({ dir }) => {
    const { write, offsets } = await prepare(dir);
    writeFileSync(join(dir, "precious"), large.subarray(0, 2 * MB));
    linkSync(join(dir, "precious"), join(dir, ".large.0123456789aa.tmp"));
    writeFileSync(join(dir, ".large.0123456789ab.tmp"), Buffer.alloc(19 * MB));
    writeFileSync(join(dir, ".large.0123456789ac.tmp"), "abc");
    expect(await write()).toEqual({ made: true, last: large.length });
    expect([content(dir), offsets, statSync(join(dir, "precious")).size]).toEqual([true, [0], 2 * MB]);
    expect(readdirSync(dir).filter((name) => name.endsWith(".tmp"))).toHaveLength(3);
  });

  test("does not replace another one, unless it may, with its permissions", async ({ dir }) => {
    const { write } = await prepare(dir);
    writeFileSync(join(dir, "large"), "mine", { mode: 0o600 });
    expect(await write()).toMatchObject({ made: false });
    expect([readFileSync(join(dir, "large"), "utf8"), list(dir)]).toEqual(["mine", ["large", "store"]]);
    expect(await write(true)).toMatchObject({ made: true });
    expect([content(dir), statSync(join(dir, "large")).mode & 0o777]).toEqual([true, 0o600]);
  });

  test("goes on for the command, too", async ({ dir }) => {
    await prepare(dir);
    writeTree(dir, {
      "d.INDEX": `{"large": "${checksum.hex()}"}`,
      "d/.large.0123456789ab.tmp": large.subarray(0, 10 * MB),
    });
    const { status, err } = await run("seamless download", ["--store", "store", "d"], { cwd: dir });
    expect({ status, err }).toEqual({ status: 0, err: expect.stringContaining("wrote 1 file, 18.9 MB") });
    expect([list(join(dir, "d")), readFileSync(join(dir, "d/large")).equals(large)]).toEqual([["large"], true]);
  });

  test("goes on for get -o, too, which replaces what is there", async ({ dir }) => {
    await prepare(dir);
    writeTree(dir, { copy: "mine", ".copy.0123456789ab.tmp": large.subarray(0, 10 * MB) });
    const { ino } = statSync(join(dir, ".copy.0123456789ab.tmp"));
    const outcome = await run("seamless get", ["--store", "store", checksum.hex(), "-o", "copy"], { cwd: dir });
    expect(outcome).toEqual({ status: 0, out: "", err: "seamless get: wrote copy, 18.9 MB\n" });
    // The very file that was begun.
    expect([statSync(join(dir, "copy")).ino, content(dir, "copy"), list(dir)]).toEqual([ino, true, ["copy", "store"]]);
  });
});
