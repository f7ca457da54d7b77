import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Checksum } from "@seamless/checksum";
import { expect, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { collect } from "./support/sample.ts";
import { tempDir } from "./support/temp.ts";

const KILLS = 200;

/** Says a line at once, also while nobody reads: what is said must be true whenever the writer is killed. */
const SAY = `
  import { writeSync } from "node:fs";
  function say(line) {
    for (;;) {
      try {
        return writeSync(1, line + "\\n");
      } catch (error) {
        if (error.code !== "EAGAIN") throw error;
      }
    }
  }
`;

/** Puts buffers of all sizes, as bytes and as streams, until it is killed; says which are there for good. */
const WRITER = `${SAY}
  import { randomFillSync } from "node:crypto";
  import { Checksum } from "@seamless/checksum";
  import { directoryStore } from "@seamless/remote/directory";
  const compress = process.argv[2] || undefined;
  const store = directoryStore(process.argv[1], { compress });
  async function* chunksOf(bytes) {
    for (let at = 0; at < bytes.byteLength; at += 70_000) yield bytes.subarray(at, at + 70_000);
  }
  for (let i = 0; ; i++) {
    const bytes = randomFillSync(new Uint8Array(i % 7 === 6 ? 3_000_000 : i * 37));
    // What can be compressed, to half.
    if (compress !== undefined) for (let at = 0; at < bytes.byteLength; at++) bytes[at] &= 15;
    const checksum = Checksum.of(bytes);
    say("put");
    await (i % 2 === 0 ? store.put(checksum, bytes) : store.putStream(checksum, chunksOf(bytes)));
    say(checksum.hex());
  }
`;

/** Puts small buffers, many at a time: a thread writes them. Nothing is said of the first, which start it. */
const MANY = `${SAY}
  import { randomFillSync } from "node:crypto";
  import { Checksum } from "@seamless/checksum";
  import { directoryStore } from "@seamless/remote/directory";
  const store = directoryStore(process.argv[1]);
  for (let round = 0; ; round++) {
    if (round >= 8) say("put");
    await Promise.all(Array.from({ length: 24 }, async (_, i) => {
      const bytes = randomFillSync(new Uint8Array(i * 997));
      const checksum = Checksum.of(bytes);
      await store.put(checksum, bytes);
      say(checksum.hex());
    }));
  }
`;

/** The most buffers that a writer has begun to put when its end comes: some large ones are among them. */
const MOST_BEGUN = 8;

/** Starts a writer, and kills it at a random moment of a random put. Gives the checksums that it says it has put. */
async function killWriter(folder: string, writer: string, compress: string): Promise<string[]> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", writer, folder, compress], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  // By a count, not a time: on a busy machine a time would end before anything is put.
  const begun = 1 + Math.floor(Math.random() * MOST_BEGUN);
  let said = "";
  let killed = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (killed || said.split("put\n").length <= begun) return;
    killed = true;
    setTimeout(() => child.kill("SIGKILL"), Math.random() * 10);
  });
  const [, signal] = await closed;
  expect(signal).toBe("SIGKILL");
  return said.split("\n").filter((line) => /^[0-9a-f]{64}$/.test(line));
}

test.each([
  ["writers", WRITER, "", KILLS],
  ["writers of many at a time", MANY, "", KILLS / 4],
  ["writers of gzip", WRITER, "gzip", KILLS / 2],
  ["writers of zstd", WRITER, "zstd", KILLS / 2],
])(
  "killed at random moments, %s lose nothing that they had put, and no reader sees a wrong byte",
  async (_, writer, compress, kills) => {
    const folder = tempDir();
    const store = directoryStore(folder);
    let running = true;
    let read = 0;
    // Reads all the while whatever is there: wrong bytes would reject.
    const reader = (async () => {
      while (running) {
        for await (const { checksum, length } of store.list()) {
          const bytes = await store.get(checksum);
          if (bytes === undefined) continue;
          expect([Checksum.of(bytes).hex(), length ?? bytes.byteLength]).toEqual([checksum.hex(), bytes.byteLength]);
          read++;
          if (!running) return;
        }
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    const lost: string[] = [];
    let leftovers = 0;
    for (let kill = 0; kill < kills; kill += 2) {
      // Two at a time: they write into the same folders.
      const put = (
        await Promise.all([killWriter(folder, writer, compress), killWriter(folder, writer, compress)])
      ).flat();
      const there = await store.has(put.map((hex) => new Checksum(hex)));
      lost.push(...put.filter((_, i) => !there[i]));
      const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".tmp"));
      leftovers += names.length;
      for (const name of names) rmSync(join(folder, name));
    }
    running = false;
    await reader;
    expect(lost).toEqual([]);
    expect(await store.verify()).toMatchObject({ ok: true, corrupt: [], unreadable: [], foreign: [], misplaced: [] });
    // Otherwise no kill has met a writer in the middle, and nothing was tested.
    expect(leftovers).toBeGreaterThan(0);
    expect(read).toBeGreaterThan(0);
    expect((await collect(store.list())).length).toBeGreaterThan(kills / 2);
  },
  900_000,
);
