import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { Checksum } from "@seamless/checksum";
import { joinChunks, streamChunks } from "@seamless/store";
import { afterAll, expect, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { files } from "./support/folder.ts";
import { sample, sumOf } from "./support/sample.ts";
import { tempDir } from "./support/temp.ts";

const KILLS = 26;

/** Compresses and decompresses a folder in turns; writes a line for each buffer. */
const REWRITER = `
  import { writeSync } from "node:fs";
  import { directoryStore } from "@seamless/remote/directory";
  const [folder, coding, first] = process.argv.slice(1);
  const store = directoryStore(folder);
  const onProgress = () => writeSync(1, "\\n");
  const onError = (error) => { throw error; };
  for (let back = first === "back"; ; back = !back) {
    if (back) await store.decompress({ onProgress, onError });
    else await store.compress({ coding, onProgress, onError });
  }
`;

const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
});

function startRewriter(folder: string, coding: string, first: string): ChildProcess {
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const args = ["--input-type=module", "--eval", REWRITER, folder, coding, first];
  const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "inherit"] });
  running.add(child);
  return child;
}

/** Kills it at a random moment after a random buffer. */
async function killRewriter(folder: string, coding: string, first: string): Promise<void> {
  const child = startRewriter(folder, coding, first);
  const closed = once(child, "close");
  // By a count, not a time: on a busy machine a time would end before anything is done.
  let left = 1 + Math.floor(Math.random() * 60);
  let killed = false;
  child.stdout!.on("data", (lines: Buffer) => {
    left -= lines.byteLength;
    if (killed || left > 0) return;
    killed = true;
    setTimeout(() => child.kill("SIGKILL"), Math.random() * 10);
  });
  const [, signal] = await closed;
  running.delete(child);
  expect(signal).toBe("SIGKILL");
}

/** What becomes smaller, of all sizes, and some that does not. */
const BUFFERS = Array.from({ length: 40 }, (_, i) => {
  const { bytes } = sample(i % 8 === 7 ? 2_500_000 : 300 + i * 1700, i + 1);
  if (i % 5 !== 0) for (let at = 0; at < bytes.byteLength; at++) bytes[at]! &= 15;
  return { bytes, checksum: Checksum.of(bytes) };
});

test.each([
  ["gzip", ".gz"],
  ["zstd", ".zst"],
] as const)(
  "whoever compresses with %s and is killed leaves every buffer to be read at every moment, and can be run again",
  async (coding, suffix) => {
    const folder = tempDir();
    const store = directoryStore(folder, { lockTimeout: 1000 });
    for (const { checksum, bytes } of BUFFERS) await store.put(checksum, bytes);
    let done = false;
    let reads = 0;
    const lost: string[] = [];
    // All the while, by all ways: what is missing or wrong for a moment is found here.
    const readAll = async () => {
      while (!done) {
        for (const { checksum, bytes } of BUFFERS) {
          const [got, stream, lengths] = await Promise.all([
            store.get(checksum),
            store.getStream(checksum),
            store.lengths([checksum]),
          ]);
          const streamed = stream && (await joinChunks(streamChunks(stream)));
          const seen = [sumOf(got), sumOf(streamed), lengths[0]];
          if (seen.join() !== [checksum.hex(), checksum.hex(), bytes.byteLength].join()) lost.push(seen.join());
          reads++;
        }
        const there = await store.has(BUFFERS.map(({ checksum }) => checksum));
        if (there.includes(false)) lost.push(`has: ${there.indexOf(false)}`);
      }
    };
    const putAll = async () => {
      while (!done) for (const { checksum, bytes } of BUFFERS) await store.put(checksum, bytes);
    };
    const beside = [readAll(), putAll()];
    for (let kill = 0; kill < KILLS; kill += 2) {
      // Two at a time, which begin in the same direction.
      const first = kill % 4 === 0 ? "" : "back";
      await Promise.all([killRewriter(folder, coding, first), killRewriter(folder, coding, first)]);
    }
    done = true;
    await Promise.all(beside);
    expect(lost).toEqual([]);
    expect(reads).toBeGreaterThan(KILLS);
    expect(await store.verify()).toMatchObject({ ok: true, corrupt: [], unreadable: [], foreign: [], misplaced: [] });

    // What those that were killed have left goes after an hour.
    const isLeft = (name: string) => /\.tmp$|\.REWRITE\.LOCK$/.test(name);
    const names = () =>
      files(folder)
        .map((file) => basename(file))
        .filter((name) => /^[0-9a-f]{64}/.test(name) && !isLeft(name))
        .sort();
    const [smaller, others] = [true, false].map((shrinks) =>
      BUFFERS.filter((_, i) => (i % 5 !== 0) === shrinks).map(({ checksum }) => checksum.hex()),
    ) as [string[], string[]];
    expect(await store.compress({ coding })).toMatchObject({ failed: 0, locked: 0, left: others.length });
    const compressed = smaller.flatMap((hex) => [`${hex}.BUFFERLENGTH`, hex + suffix]);
    expect(names()).toEqual([...others, ...compressed].sort());
    expect(await store.decompress()).toMatchObject({ rewritten: smaller.length, failed: 0 });
    expect(names()).toEqual([...others, ...smaller].sort());
    for (const { checksum } of BUFFERS) expect(sumOf(await store.get(checksum))).toBe(checksum.hex());
  },
  900_000,
);

test("who rewrite in opposite directions at once leave each buffer in one form at least", async () => {
  const folder = tempDir();
  const store = directoryStore(folder);
  const small = BUFFERS.filter(({ bytes }) => bytes.byteLength < 1_000_000);
  for (const { checksum, bytes } of small) await store.put(checksum, bytes);
  for (let kill = 0; kill < 5; kill++) {
    await Promise.all([killRewriter(folder, "gzip", ""), killRewriter(folder, "gzip", "back")]);
    for (const { checksum } of small) expect(sumOf(await store.get(checksum))).toBe(checksum.hex());
  }
  expect(await store.decompress()).toMatchObject({ failed: 0 });
  expect(files(folder).filter((file) => /\.(gz|BUFFERLENGTH)$/.test(file))).toEqual([]);
  for (const { checksum } of small) expect(sumOf(await store.get(checksum))).toBe(checksum.hex());
}, 900_000);
