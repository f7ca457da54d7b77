import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Checksum } from "@seamless/checksum";
import { directoryStore } from "@seamless/remote/directory";
import { compare } from "../measure.mjs";
import { serve, serveBare } from "../serving.mjs";
import { inFolder } from "../workplace.mjs";

export const question = "What does it cost to verify 64 MiB on their way out of a server?";

/** Why nothing better than the targets can be expected. */
export const why = {
  "GET of 64 MiB through seamless serve":
    "both give a file to the system: one that the server has hashed within the hour, and that is unchanged, is not hashed again",
};

const SIZE = 2 ** 26;

export function answer() {
  return inFolder(async (folder) => {
    const store = directoryStore(join(folder, "store"));
    /** A buffer that nobody has asked for yet. */
    const putNew = async () => {
      const bytes = randomBytes(SIZE);
      const checksum = Checksum.of(bytes);
      await store.put(checksum, bytes);
      return checksum.hex();
    };
    const file = join(folder, "file");
    writeFileSync(file, randomBytes(SIZE));
    const hex = await putNew();
    const ours = await serve(join(folder, "store"));
    const bare = await serveBare(`(request, response) => {
      response.writeHead(200, { "content-length": ${SIZE} });
      fs.createReadStream(${JSON.stringify(file)}).pipe(response);
    }`);
    const agent = new Agent({ keepAlive: true });
    /** @param {string} url */
    const fetchAll = (url) =>
      new Promise((resolve, reject) => {
        get(url, { agent }, (response) => {
          let length = 0;
          response.on("data", (chunk) => {
            length += chunk.length;
          });
          response.on("end", () => (length === SIZE ? resolve(length) : reject(new Error(`${length} bytes`))));
        }).on("error", reject);
      });
    try {
      // The change time of a file that was written in the last two seconds proves nothing.
      await setTimeout(2_100);
      return await compare(
        { name: "node:http piping the file, unverified", run: () => fetchAll(bare.url) },
        [
          { name: "GET of 64 MiB through seamless serve", run: () => fetchAll(`${ours.url}/${hex}`), atMost: 1.1 },
          {
            name: "the same, for the first time: it is hashed",
            prepare: putNew,
            run: (/** @type {string} */ fresh) => fetchAll(`${ours.url}/${fresh}`),
          },
        ],
        { rounds: 15, warmup: 3 },
      );
    } finally {
      agent.destroy();
      await Promise.all([ours.close(), bare.close()]);
    }
  });
}
