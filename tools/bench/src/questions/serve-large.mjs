import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { join } from "node:path";
import { Checksum } from "@seamless/checksum";
import { directoryStore } from "@seamless/remote/directory";
import { compare } from "../measure.mjs";
import { serve, serveBare } from "../serving.mjs";
import { inFolder } from "../workplace.mjs";

export const question = "What does it cost to verify 64 MiB on their way out of a server?";

/** Why nothing better than the targets can be expected. */
export const why = {
  "GET of 64 MiB through seamless serve":
    "the hash has to run beside the sending, in another thread, to cost next to nothing",
};

const SIZE = 2 ** 26;

export function answer() {
  return inFolder(async (folder) => {
    const bytes = randomBytes(SIZE);
    const checksum = Checksum.of(bytes);
    const file = join(folder, "file");
    writeFileSync(file, bytes);
    await directoryStore(join(folder, "store")).put(checksum, bytes);
    const ours = await serve(join(folder, "store"));
    const bare = await serveBare(`(request, response) => {
      response.writeHead(200, { "content-length": ${SIZE} });
      fs.createReadStream(${JSON.stringify(file)}).pipe(response);
    }`);
    const agent = new Agent({ keepAlive: true });
    /** @param {string} url */
    const fetchAll = (url) =>
      new Promise((resolve, reject) => {
        get(`${url}/${checksum.hex()}`, { agent }, (response) => {
          let length = 0;
          response.on("data", (chunk) => {
            length += chunk.length;
          });
          response.on("end", () => (length === SIZE ? resolve(length) : reject(new Error(`${length} bytes`))));
        }).on("error", reject);
      });
    try {
      return await compare(
        { name: "node:http piping the file, unverified", run: () => fetchAll(bare.url) },
        [{ name: "GET of 64 MiB through seamless serve", run: () => fetchAll(ours.url), atMost: 1.1 }],
        { rounds: 31, warmup: 3 },
      );
    } finally {
      agent.destroy();
      await Promise.all([ours.close(), bare.close()]);
    }
  });
}
