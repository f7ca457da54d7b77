import { createHash } from "node:crypto";
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
      return await compare(peer, subjects, { rounds: 7, warmup: 1 });
    } finally {
      for (const [, store] of stores) await store.close?.();
      await server.close();
    }
  });
}
