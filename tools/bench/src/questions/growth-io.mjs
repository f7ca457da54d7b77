import { join } from "node:path";
import { createRuntime } from "@seamless/cache";
import { Checksum } from "@seamless/checksum";
import { checksumFile } from "@seamless/checksum/node";
import { directoryStore } from "@seamless/remote/directory";
import { hashserverStore } from "@seamless/remote/hashserver";
import { growth } from "../measure.mjs";
import { serve } from "../serving.mjs";
import { inFolder, writeRandomFile } from "../workplace.mjs";

export const question =
  "How do times grow with the size of what comes from a disk or goes through a server? The ratio is the exponent: 1 is in proportion.";

/** Bytes. */
const LENGTHS = [4 * 2 ** 20, 16 * 2 ** 20, 64 * 2 ** 20];
/** Checksums in one question. */
const COUNTS = [100, 1_000, 10_000];

export function answer() {
  return inFolder(async (folder) => {
    const disk = directoryStore(join(folder, "store"));
    const server = await serve(join(folder, "store"), "--writable", "--no-sync");
    const remote = hashserverStore(server.url);
    try {
      return [
        await growth("checksumFile, bytes", LENGTHS, fileOf(folder), (file) => checksumFile(file)),
        await growth("resolve from a folder, bytes", LENGTHS, putInto(disk), (checksum) => resolve(disk, checksum)),
        await growth(
          "hash and PUT through seamless serve, bytes",
          LENGTHS,
          (length) => new Uint8Array(length),
          (bytes) => putAnother(remote, bytes),
        ),
        await growth("GET through seamless serve, bytes", LENGTHS, putInto(disk), (checksum) =>
          drain(remote, checksum),
        ),
        await growth("/has, checksums", COUNTS, checksums, (all) => remote.has(all)),
      ];
    } finally {
      await remote.close();
      await server.close();
    }
  });
}

/** @param {string} folder */
const fileOf = (folder) => (/** @type {number} */ length) => {
  const file = join(folder, `${length}`);
  writeRandomFile(file, length);
  return file;
};

/** @param {import("@seamless/store").Store} store */
const putInto = (store) => async (/** @type {number} */ length) => {
  const bytes = new Uint8Array(length).fill(length % 251);
  const checksum = Checksum.of(bytes);
  await store.put(checksum, bytes);
  return checksum;
};

let mark = 0;

/**
 * What is there already is not sent.
 *
 * @param {import("@seamless/store").Store} store
 * @param {Uint8Array} bytes
 */
async function putAnother(store, bytes) {
  new DataView(bytes.buffer).setUint32(0, ++mark);
  await store.put(Checksum.of(bytes), bytes);
}

/**
 * @param {import("@seamless/store").Store} store
 * @param {Checksum} checksum
 */
async function resolve(store, checksum) {
  const runtime = createRuntime({ stores: [store] });
  await runtime.resolve(checksum);
  await runtime.close();
}

/**
 * @param {import("@seamless/store").Store} store
 * @param {Checksum} checksum
 */
async function drain(store, checksum) {
  const stream = await store.getStream(checksum);
  for await (const _ of stream ?? []);
}

/** @param {number} count */
const checksums = (count) =>
  Array.from({ length: count }, (_, i) => Checksum.of(new TextEncoder().encode(`missing ${i}`)));
