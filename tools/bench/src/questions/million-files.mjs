import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compare, exponent } from "../measure.mjs";
import { commandPath, peakMemory, run } from "../processes.mjs";
import { inFolder } from "../workplace.mjs";

export const question = "How do time and memory of an index grow up to a million files?";

/** Why nothing better than the targets can be expected. */
export const why = {
  "seamless-checksum-index, 1,000,000 files": "two cores open, read and hash the same files on both sides",
  "peak memory, for each entry more": "a path and a checksum as JavaScript keeps them take 250",
};

const SIZES = [10_000, 100_000, 1_000_000];
const FILES_EACH = 100;
const ROUNDS = 3;

const PEER = 'find "$1" -type f -print0 | xargs -0 -P2 -n200 sha256sum';

export function answer() {
  return inFolder(async (folder) => {
    const script = commandPath("seamless-checksum-index");
    const rows = [];
    /** @type {number[]} */
    const peaks = [];
    for (const files of SIZES) {
      const data = join(folder, `${files}`);
      writeFiles(data, files);
      rows.push(
        ...(await compare(
          {
            name: "find | xargs -P2 -n200 sha256sum",
            run: () => run("sh", "-c", `${PEER} >"$2"`, "sh", data, join(folder, "list")),
          },
          [
            {
              name: `seamless-checksum-index, ${files.toLocaleString("en")} files`,
              run: () => run(process.execPath, script, data),
              atMost: 1,
            },
          ],
          { rounds: ROUNDS, warmup: 1 },
        )),
      );
      peaks.push(peakMemory(script, data));
    }
    const [, before = 0, after = 0] = peaks;
    const [, smaller = 0, larger = 0] = SIZES;
    const each = ((after - before) * 2 ** 20) / (larger - smaller);
    const growth = exponent(
      SIZES,
      rows.map(({ ours }) => ours),
    );
    return [
      ...rows,
      { subject: "time: exponent", peer: "linear", ours: growth, theirs: 1, unit: "", ratio: growth, atMost: 1.1 },
      {
        subject: "peak memory, for each entry more",
        peer: "400 bytes",
        ours: each,
        theirs: 400,
        unit: "B",
        ratio: each / 400,
        atMost: 1,
      },
    ];
  });
}

/**
 * @param {string} root
 * @param {number} files
 */
function writeFiles(root, files) {
  for (let i = 0; i < files / FILES_EACH; i++) {
    const folder = join(root, `group-${i % 100}`, `folder-${i}`);
    mkdirSync(folder, { recursive: true });
    for (let j = 0; j < FILES_EACH; j++) writeFileSync(join(folder, `file-${j}.txt`), `${i} ${j}\n`);
  }
}
