import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { Checksum } from "@seamless/checksum";
import { directoryStore } from "@seamless/remote/directory";
import { Pool } from "undici";
import { compare } from "../measure.mjs";
import { serve, serveBare } from "../serving.mjs";
import { inFolder } from "../workplace.mjs";

export const question = "How many small buffers does a server give out?";

const SIZE = 1024;
/** Different buffers that are asked for in turns, and requests in one round. */
const BUFFERS = 100;
const REQUESTS = 4000;

export function answer() {
  return inFolder(async (folder) => {
    const store = directoryStore(join(folder, "store"));
    /** @type {string[]} */
    const paths = [];
    for (let i = 0; i < BUFFERS; i++) {
      const bytes = randomBytes(SIZE);
      await store.put(Checksum.of(bytes), bytes);
      paths.push(`/${Checksum.of(bytes).hex()}`);
    }
    const ours = await serve(join(folder, "store"));
    const bare = await serveBare(`(request, response) => {
      response.writeHead(200, { "content-type": "application/octet-stream", "content-length": ${SIZE} });
      response.end(globalThis.bytes ??= Buffer.alloc(${SIZE}, 1));
    }`);
    const rows = [];
    try {
      for (const connections of [1, 16]) {
        const pools = [bare, ours].map(({ url }) => new Pool(url, { connections }));
        /** @param {Pool | undefined} pool */
        const ask = (pool) => async () => {
          let next = 0;
          const client = async () => {
            while (next < REQUESTS) {
              const response = await pool?.request({ path: paths[next++ % BUFFERS] ?? "/", method: "GET" });
              if (response?.statusCode !== 200) throw new Error(`status ${response?.statusCode}`);
              await response.body.dump();
            }
          };
          await Promise.all(Array.from({ length: connections }, client));
        };
        const name = connections === 1 ? "one client" : `${connections} clients`;
        rows.push(
          ...(await compare(
            { name: "a bare node:http handler", run: ask(pools[0]) },
            // At least 0.7 times as many.
            [{ name: `GET of 1 KiB, ${name}`, run: ask(pools[1]), atMost: 1.42 }],
            { rounds: 31, warmup: 4, calls: REQUESTS },
          )),
        );
        for (const pool of pools) await pool.destroy();
      }
    } finally {
      await Promise.all([ours.close(), bare.close()]);
    }
    return rows;
  });
}
