import { hash, randomBytes } from "node:crypto";
import { Checksum } from "@seamless/checksum";
import { redisStore } from "@seamless/remote/redis";
import { createClient, RESP_TYPES } from "redis";
import { loadEngines } from "../engines.mjs";
import { compare } from "../measure.mjs";

export const question = "What does a Redis server cost over its bare client?";

const SIZE = 4096;
/** Buffers, and requests at a time. */
const COUNT = 4000;
const AT_ONCE = 16;

export async function answer() {
  const { startRedis } = await loadEngines();
  const redis = await startRedis();
  const bare = createClient({ url: redis.url, RESP: 2 });
  const bytes = bare.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  const store = redisStore(redis.url);
  try {
    await bare.connect();
    const buffers = Array.from({ length: COUNT }, () => randomBytes(SIZE));
    const checksums = buffers.map((buffer) => Checksum.of(buffer));
    await Promise.all(buffers.map((buffer, i) => store.put(/** @type {Checksum} */ (checksums[i]), buffer)));
    const keys = checksums.map((checksum) => `seamless:{${checksum.hex()}}`);
    const rows = [];
    for (const atOnce of [1, AT_ONCE]) {
      const how = atOnce === 1 ? "one after the other" : `${atOnce} at a time`;
      const all = (/** @type {(i: number) => Promise<unknown>} */ one) => async () => {
        let next = 0;
        const client = async () => {
          while (next < COUNT) await one(next++);
        };
        await Promise.all(Array.from({ length: atOnce }, client));
      };
      const get = (/** @type {number} */ i) => bytes.get(/** @type {string} */ (keys[i]));
      const hashed = async (/** @type {number} */ i) => hash("sha256", (await get(i)) ?? "");
      const ours = all((i) => store.get(/** @type {Checksum} */ (checksums[i])));
      rows.push(
        ...(await compare(
          { name: "GET", run: all(get) },
          [
            { name: `get of 4 KiB, ${how}`, run: ours, atMost: 1.3 },
            { name: `GET, then crypto.hash, ${how}`, run: all(hashed) },
          ],
          { rounds: 15, warmup: 3, calls: COUNT },
        )),
      );
    }
    return rows;
  } finally {
    bare.destroy();
    await store.close();
    await redis.stop();
  }
}
