import { createReadStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import zlib from "node:zlib";
import { Checksum } from "@seamless/checksum";
import { directoryStore } from "@seamless/remote/directory";
import { compare } from "../measure.mjs";
import { run } from "../processes.mjs";
import { inFolder } from "../workplace.mjs";

export const question = "What does it cost to write a large buffer compressed? By Node's own zstd, from Node 22.15 on.";

const SIZE = 2 ** 28;

export function answer() {
  if (!("createZstdCompress" in zlib)) {
    process.stderr.write("directory-zstd takes Node 22.15: npx -y node@22 tools/bench/src/run.mjs directory-zstd\n");
    return [];
  }
  return inFolder(async (folder) => {
    const bytes = text();
    const file = join(folder, "file");
    writeFileSync(file, bytes);
    run("sync", file);
    const checksum = Checksum.of(bytes);
    const store = directoryStore(join(folder, "store"), { compress: "zstd" });
    const prepare = () => store.delete(checksum);
    const output = join(folder, "file.zst");
    return compare(
      { name: "zstd -T1, from a pipe", run: () => run("sh", "-c", `cat ${file} | zstd -q -f -T1 -o ${output}`) },
      [
        { name: "put of 256 MiB, hashed and flushed", prepare, run: () => store.put(checksum, bytes), atMost: 1.3 },
        {
          name: "putStream of a file, hashed and flushed",
          prepare,
          run: () => store.putStream(checksum, createReadStream(file, { highWaterMark: 2 ** 20 }), { length: SIZE }),
          atMost: 1.3,
        },
      ],
      { rounds: 7, warmup: 1 },
    );
  });
}

/** Lines of JSON, as logs and tables have them: they become a quarter. */
function text() {
  const bytes = Buffer.alloc(SIZE);
  let state = 1;
  for (let at = 0, line = 0; at < SIZE; line++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    at += bytes.write(`{"line":${line},"value":${state / 1000},"kind":"measured","place":"room ${state % 97}"}\n`, at);
  }
  return bytes;
}
