import { join } from "node:path";
import { checksumFile } from "@seamless/checksum/node";
import { compare } from "../measure.mjs";
import { commandPath, peakMemory, run } from "../processes.mjs";
import { inFolder, writeRandomFile, writeSparseFile } from "../workplace.mjs";

export const question = "How fast are large files, and how much memory do they take?";

/** Why nothing better than the targets can be expected. */
export const why = {
  "seamless-checksum, 1 GiB": "both hash by OpenSSL, at the speed of one core; Node takes 40 ms more to start",
  "seamless-checksum, 16 files of 64 MiB": "two cores hash by OpenSSL on both sides",
};

const GIB = 2 ** 30;
const MANY = 16;

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
        { name: "seamless-checksum, 1 GiB", run: () => run(process.execPath, script, file), atMost: 1.03 },
        { name: "checksumFile, 1 GiB", run: () => checksumFile(file), atMost: 1.3 },
      ],
      { rounds: 9 },
    );
    const files = Array.from({ length: MANY }, (_, i) => join(folder, `${i}`));
    for (const each of files) writeRandomFile(each, GIB / MANY);
    const many = await compare(
      {
        name: "xargs -P2 -n1 openssl dgst",
        run: () => run("sh", "-c", 'printf "%s\\n" "$@" | xargs -P2 -n1 openssl dgst -sha256', "sh", ...files),
      },
      [
        {
          name: `seamless-checksum, ${MANY} files of 64 MiB`,
          run: () => run(process.execPath, script, ...files),
          atMost: 1,
        },
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
    return [...times, ...many, ...memory];
  });
}
