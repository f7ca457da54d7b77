import { createHash, hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createRuntime } from "@seamless/cache";
import { Buffer } from "@seamless/celltypes";
import { Checksum } from "@seamless/checksum";
import { directoryStore } from "@seamless/remote/directory";
import { hashserverStore } from "@seamless/remote/hashserver";
import { createHashserver } from "@seamless/remote/hashserver/node";
import { tieredStore } from "@seamless/remote/tiered";
import { memoryStore } from "@seamless/store";
import { compare } from "../measure.mjs";
import { inFolder } from "../workplace.mjs";

export const question = "How many times as long as one SHA-256 do resolve and write of 100 MB take?";

/** Why nothing better than the targets can be expected. */
export const why = {
  "resolve from a folder": "these two calls are what nobody can leave out; the hash can run while the rest is read",
};

const LENGTH = 100_000_000;

const bytes = new Uint8Array(LENGTH).fill(7);
let mark = 0;

/** Another buffer each time: what a store has is not written again. */
function nextBuffer() {
  new DataView(bytes.buffer).setUint32(0, ++mark);
  return new Buffer(bytes);
}

export function answer() {
  return inFolder(async (folder) => {
    const server = createHashserver({ store: memoryStore({ maxBytes: 2 ** 34 }), writable: true });
    const { url } = await server.listen({ port: 0 });
    const sample = new Uint8Array(LENGTH).fill(7);
    const checksum = Checksum.of(sample);
    const disk = directoryStore(join(folder, "disk"));
    /** @type {readonly (readonly [string, import("@seamless/store").Store])[]} */
    const stores = [
      ["memory", memoryStore({ maxBytes: 2 ** 34 })],
      ["a folder", disk],
      ["tiers of two folders", tieredStore([directoryStore(join(folder, "fast")), disk], { write: "all" })],
      ["a hashserver of this process", hashserverStore(url)],
    ];
    for (const [, store] of stores) await store.put(checksum, sample);
    const subjects = stores.flatMap(([name, store]) => [
      {
        name: `resolve from ${name}`,
        async run() {
          const runtime = createRuntime({ stores: [store] });
          await runtime.resolve(checksum);
          await runtime.close();
        },
      },
      {
        name: `write to ${name}`,
        prepare: nextBuffer,
        async run(/** @type {Buffer} */ buffer) {
          const runtime = createRuntime({ stores: [store] });
          await runtime.write(buffer);
          await runtime.close();
        },
      },
    ]);
    try {
      const peer = { name: "crypto.createHash", run: () => createHash("sha256").update(sample).digest() };
      return [...(await compare(peer, subjects, { rounds: 7, warmup: 1 })), ...(await compareReading(disk, checksum))];
    } finally {
      for (const [, store] of stores) await store.close?.();
      await server.close();
    }
  });
}

/**
 * What a program does without us.
 *
 * @param {import("@seamless/remote/directory").DirectoryStore} disk
 * @param {Checksum} checksum
 */
async function compareReading(disk, checksum) {
  const file = join(disk.path, checksum.hex().slice(0, 2), checksum.hex());
  const bare = async () => hash("sha256", await readFile(file));
  const resolve = async () => {
    const runtime = createRuntime({ stores: [disk] });
    await runtime.resolve(checksum);
    await runtime.close();
  };
  return compare(
    { name: "readFile, then crypto.hash", run: bare },
    [{ name: "resolve from a folder", run: resolve, atMost: 1.1 }],
    { rounds: 15, warmup: 2 },
  );
}
