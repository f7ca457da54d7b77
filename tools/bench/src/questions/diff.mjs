import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { serializeIndex } from "@seamless/checksum";
import { compare } from "../measure.mjs";
import { commandPath, run } from "../processes.mjs";
import { inFolder } from "../workplace.mjs";

export const question = "What does it cost to compare two indexes of 1,000,000 files, of which 1,000 differ?";

const FILES = 1_000_000;

export function answer() {
  return inFolder(async (folder) => {
    const [a, b] = ["a", "b"].map((name) => {
      const file = join(folder, `${name}.INDEX`);
      writeFileSync(file, serializeIndex(entries(name)));
      return file;
    });
    const node = pathToFileURL(new URL(import.meta.resolve("@seamless/checksum/node")).pathname).href;
    const parse = `import { readIndex } from ${JSON.stringify(node)}; for (const file of process.argv.slice(1)) await readIndex(file);`;
    // A difference is the exit status 1.
    const diff = [commandPath("seamless"), "diff", a ?? "", b ?? ""];
    return compare(
      {
        name: "reading and parsing both",
        run: () => run(process.execPath, "--input-type=module", "-e", parse, a ?? "", b ?? ""),
      },
      [
        {
          name: "seamless diff",
          run: () => run("sh", "-c", '"$0" "$@" > /dev/null; test $? = 1', process.execPath, ...diff),
          atMost: 2,
        },
      ],
      { rounds: 5 },
    );
  });
}

/** @param {string} name */
function* entries(name) {
  for (let i = 0; i < FILES; i++) {
    const content = i % 1000 === 0 ? `${name} ${i}` : `${i}`;
    /** @type {[string, string]} */
    const entry = [`folder${i >>> 10}/file${i}`, createHash("sha256").update(content).digest("hex")];
    yield entry;
  }
}
