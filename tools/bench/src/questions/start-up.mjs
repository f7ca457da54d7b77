import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { compare } from "../measure.mjs";
import { commandPath, run } from "../processes.mjs";
import { inFolder } from "../workplace.mjs";

export const question = "What does it cost to start a command, and to have it look at a small buffer in a folder?";

export function answer() {
  const [checksum, seamless] = [commandPath("seamless-checksum"), commandPath("seamless")];
  return inFolder((folder) => {
    const [store, file] = [join(folder, "store"), join(folder, "file")];
    writeFileSync(file, "hello\n");
    const hex = run(process.execPath, seamless, "put", "--store", store, file).trim();
    return compare(
      { name: "node -e 0", run: () => run(process.execPath, "-e", "0") },
      [
        { name: "seamless-checksum --version", run: () => run(process.execPath, checksum, "--version"), atMost: 1.3 },
        { name: "seamless has", run: () => run(process.execPath, seamless, "has", "--store", store, hex), atMost: 1.3 },
        { name: "seamless cat", run: () => run(process.execPath, seamless, "cat", "--store", store, hex), atMost: 1.3 },
      ],
      { rounds: 31, warmup: 3 },
    );
  });
}
