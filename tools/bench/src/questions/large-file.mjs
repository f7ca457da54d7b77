import { join } from "node:path";
import { checksumFile } from "@seamless/checksum/node";
import { compare } from "../measure.mjs";
import { commandPath, peakMemory, run } from "../processes.mjs";
import { inFolder, writeRandomFile, writeSparseFile } from "../workplace.mjs";

export const question = "How fast is one large file, and how much memory does it take?";

const GIB = 2 ** 30;

export function answer() {
  return inFolder(async (folder) => {
    const file = join(folder, "1GiB");
    const larger = join(folder, "8GiB");
    writeRandomFile(file, GIB);
    writeSparseFile(larger, 8 * GIB);
    const script = commandPath("seamless-checksum");
    const times = await compare(
      { name: "openssl dgst -sha256", run: () => run("openssl", "dgst", "-sha256", file) },
      [
        { name: "seamless-checksum, 1 GiB", run: () => run(process.execPath, script, file), atMost: 1.15 },
        { name: "checksumFile, 1 GiB", run: () => checksumFile(file), atMost: 1.3 },
      ],
      { rounds: 9 },
    );
    const bare = peakMemory("-e", "0");
    const memory = [file, larger].map((path, i) => {
      const peak = peakMemory(script, path);
      return {
        subject: `peak memory, ${i === 0 ? 1 : 8} GiB`,
        peer: "node -e 0; the difference",
        ours: peak,
        theirs: bare,
        unit: "MiB",
        ratio: peak - bare,
        atMost: 60,
      };
    });
    return [...times, ...memory];
  });
}
