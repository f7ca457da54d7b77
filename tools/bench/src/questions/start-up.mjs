import { spawnSync } from "node:child_process";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compare } from "../measure.mjs";
import { commandPath, run } from "../processes.mjs";
import { inFolder } from "../workplace.mjs";

export const question = "What does it cost to start a command, and to have it look at a small buffer in a folder?";

/** Why nothing better than the targets can be expected. */
export const why = {
  "seamless-checksum --version": "Node alone; the command is read and compiled",
  "seamless has": "Node loads its file system's promises and the arguments' parser, 130 kB are compiled",
  "seamless cat": "the same, and Node's crypto",
};

export function answer() {
  const [checksum, seamless] = [commandPath("seamless-checksum"), commandPath("seamless")];
  return inFolder(async (folder) => {
    const [store, file] = [join(folder, "store"), join(folder, "file")];
    writeFileSync(file, "hello\n");
    const hex = run(process.execPath, seamless, "put", "--store", store, file).trim();
    // What is printed goes to a file: that costs commands what a shell's pipe does. Node gives a process a socket in place of a pipe.
    const output = openSync(join(folder, "output"), "w");
    /** @param {readonly string[]} args */
    const start = (...args) => {
      const { status, stderr } = spawnSync(process.execPath, args, { stdio: ["ignore", output, "pipe"] });
      if (status !== 0) throw new Error(`${args.join(" ")} failed: ${stderr}`);
    };
    const measured = await compare(
      { name: "node -e 0", run: () => start("-e", "0") },
      [
        { name: "seamless-checksum --version", run: () => start(checksum, "--version"), atMost: 1.08 },
        { name: "seamless has", run: () => start(seamless, "has", "--store", store, hex), atMost: 1.3 },
        { name: "seamless cat", run: () => start(seamless, "cat", "--store", store, hex), atMost: 1.3 },
      ],
      { rounds: 31, warmup: 3 },
    );
    closeSync(output);
    return measured;
  });
}
