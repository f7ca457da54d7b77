import { join } from "node:path";
import { compare } from "../measure.mjs";
import { commandPath, run } from "../processes.mjs";
import { inFolder, writeSmallFiles } from "../workplace.mjs";

export const question = "How fast are many small files?";

const PEER = 'find "$1" -type f -print0 | xargs -0 -P2 -n200 sha256sum';

export function answer() {
  return inFolder((folder) => {
    const data = join(folder, "data");
    writeSmallFiles(data, 100, 100);
    const script = commandPath("seamless-checksum-index");
    return compare(
      { name: "find | xargs -P2 -n200 sha256sum", run: () => run("sh", "-c", PEER, "sh", data) },
      [{ name: "seamless-checksum-index, 10,000 files", run: () => run(process.execPath, script, data), atMost: 1 }],
      { rounds: 21, warmup: 2 },
    );
  });
}
