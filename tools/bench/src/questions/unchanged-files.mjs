import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compare } from "../measure.mjs";
import { commandPath, run } from "../processes.mjs";
import { inFolder } from "../workplace.mjs";

export const question = "How fast is an index of files that have not changed?";

const FOLDERS = 1000;
const FILES_EACH = 100;

export function answer() {
  return inFolder((folder) => {
    const data = join(folder, "data");
    for (let i = 0; i < FOLDERS; i++) {
      const each = join(data, `folder-${i}`);
      mkdirSync(each, { recursive: true });
      for (let j = 0; j < FILES_EACH; j++) writeFileSync(join(each, `file-${j}.txt`), `${i} ${j}\n`);
    }
    process.env["XDG_CACHE_HOME"] = join(folder, "cache");
    const script = commandPath("seamless-checksum-index");
    const index = () => run(process.execPath, script, "--incremental", data);
    // Until all have been at rest for long enough to be relied on.
    while (!run(process.execPath, script, "--incremental", "--json", data).includes('"read":0,'));
    const peer = `find "$1" -type f -printf '%s %T@ %C@ %i %p\\n' >"$2"`;
    return compare(
      { name: "find -printf '%s %T@ %C@ %i %p'", run: () => run("sh", "-c", peer, "sh", data, join(folder, "list")) },
      [{ name: "seamless-checksum-index --incremental, 100,000 files", run: index, atMost: 3 }],
      { rounds: 11, warmup: 2 },
    );
  });
}
