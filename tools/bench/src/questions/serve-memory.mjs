import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Checksum, createSha256 } from "@seamless/checksum";
import { hashserverStore } from "@seamless/remote/hashserver";
import { serve } from "../serving.mjs";
import { inFolder } from "../workplace.mjs";

export const question = "Does the memory of a server stay flat while 4 GiB pass through it, both ways?";

const SIZE = 2 ** 32;
const CHUNK = 2 ** 20;

export function answer() {
  return inFolder(async (folder) => {
    const server = await serve(join(folder, "store"), "--writable");
    const store = hashserverStore(server.url);
    try {
      await passThrough(store, 2 ** 27);
      const before = peak(server.pid);
      const mine = process.resourceUsage().maxRSS / 1024;
      await passThrough(store, SIZE);
      const row = { peer: "128 MiB; the difference", unit: "MiB", atMost: 64 };
      const [server4, client4] = [peak(server.pid), process.resourceUsage().maxRSS / 1024];
      return [
        {
          ...row,
          subject: "peak memory of seamless serve, 4 GiB up and down",
          ours: server4,
          theirs: before,
          ratio: server4 - before,
        },
        { ...row, subject: "peak memory of the client", ours: client4, theirs: mine, ratio: client4 - mine },
      ];
    } finally {
      await store.close();
      await server.close();
    }
  });
}

/**
 * @param {import("@seamless/remote").HashserverStore} store
 * @param {number} size
 */
async function passThrough(store, size) {
  const hash = createSha256();
  for await (const chunk of chunks(size)) hash.update(chunk);
  const checksum = new Checksum(hash.digest());
  await store.putStream(checksum, chunks(size), { length: size });
  const stream = await store.getStream(checksum);
  let length = 0;
  for await (const chunk of stream ?? []) length += chunk.byteLength;
  if (length !== size) throw new Error(`${length} bytes came back`);
}

/** @param {number} size */
async function* chunks(size) {
  const chunk = new Uint8Array(CHUNK);
  for (let at = 0; at < size; at += CHUNK) {
    new DataView(chunk.buffer).setUint32(0, at / CHUNK);
    yield chunk;
  }
}

/**
 * Peak resident memory of a process, in MiB.
 *
 * @param {number} pid
 */
const peak = (pid) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
