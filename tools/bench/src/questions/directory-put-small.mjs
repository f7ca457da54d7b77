import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import { Checksum } from "@seamless/checksum";
import { directoryStore } from "@seamless/remote/directory";
import cacache from "cacache";
import { compare } from "../measure.mjs";
import { inFolder } from "../workplace.mjs";

export const question = "How fast are many small buffers put into a folder, each flushed to the disk?";

const COUNT = 10_000;

/** Under way at a time. */
const AT_ONCE = 16;

/** @typedef {{ bytes: Buffer, checksum: Checksum }} Sample */

export async function answer() {
  return [
    ...(await against("cacache, not flushed", putCacache, 1)),
    ...(await against("write, fsync, rename", putBare, 1.3)),
  ];
}

/**
 * @param {string} name
 * @param {(folder: string, sample: Sample) => Promise<unknown>} put
 * @param {number} atMost
 */
function against(name, put, atMost) {
  return inFolder(async (folder) => {
    let round = 0;
    // A folder of its own each time, with the folders in it that ours would make.
    const prepare = () => {
      const place = join(folder, String(round++));
      for (let i = 0; i < 256; i++) mkdirSync(join(place, i.toString(16).padStart(2, "0")), { recursive: true });
      const samples = Array.from({ length: COUNT }, () => randomBytes(4096));
      return { place, samples: samples.map((bytes) => ({ bytes, checksum: Checksum.of(bytes) })) };
    };
    /** @param {(sample: Sample) => Promise<unknown>} one @param {readonly Sample[]} samples */
    const all = async (one, samples) => {
      let next = 0;
      const worker = async () => {
        for (let sample = samples[next++]; sample !== undefined; sample = samples[next++]) await one(sample);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
    };
    return compare(
      { name, prepare, run: ({ place, samples }) => all((sample) => put(place, sample), samples) },
      [
        {
          name: `put of 4 KiB, ${AT_ONCE} at a time`,
          prepare,
          async run({ place, samples }) {
            const store = directoryStore(place, { layout: "prefix" });
            await all(({ checksum, bytes }) => store.put(checksum, bytes), samples);
          },
          atMost,
        },
        // The least that keeps the names, too.
        {
          name: "write, fsync, rename, fsync of the folder",
          prepare,
          run: ({ place, samples }) => all((sample) => putFlushed(place, sample), samples),
        },
      ],
      { rounds: 3, warmup: 1, calls: COUNT },
    );
  });
}

/** @param {string} folder @param {Sample} sample */
function putCacache(folder, { bytes, checksum }) {
  return cacache.put(folder, checksum.hex(), bytes, { algorithms: ["sha256"] });
}

/** @param {string} folder @param {Sample} sample */
async function putBare(folder, { bytes, checksum }) {
  const hex = checksum.hex();
  const file = join(folder, hex.slice(0, 2), hex);
  const handle = await open(`${file}.tmp`, "wx");
  await handle.write(bytes);
  await handle.sync();
  await handle.close();
  await rename(`${file}.tmp`, file);
}

/** @param {string} folder @param {Sample} sample */
async function putFlushed(folder, sample) {
  await putBare(folder, sample);
  const names = await open(join(folder, sample.checksum.hex().slice(0, 2)), "r");
  await names.sync();
  await names.close();
}
