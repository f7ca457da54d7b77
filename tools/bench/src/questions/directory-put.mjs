import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Checksum } from "@seamless/checksum";
import { directoryStore } from "@seamless/remote/directory";
import { compare } from "../measure.mjs";
import { run } from "../processes.mjs";
import { inFolder, writeRandomFile } from "../workplace.mjs";

export const question = "How fast is a large buffer put into a folder?";

export function answer() {
  return inFolder(async (folder) => {
    const [file, copy, place] = ["file", "copy", "store"].map((name) => join(folder, name));
    if (file === undefined || copy === undefined || place === undefined) throw new Error("three names");
    writeRandomFile(file, 2 ** 30);
    run("sync", file);
    const bytes = readFileSync(file);
    const checksum = Checksum.of(bytes);
    const store = directoryStore(place);
    return compare(
      {
        name: "cp, then openssl dgst -sha256",
        run() {
          run("cp", file, copy);
          run("openssl", "dgst", "-sha256", copy);
          // What it has not written to the disk yet must not be ours to write.
          rmSync(copy);
        },
      },
      [
        {
          name: "put of 1 GiB, hashed and flushed to the disk",
          async run() {
            await store.delete(checksum);
            await store.put(checksum, bytes);
          },
          atMost: 1.3,
        },
      ],
      { rounds: 7, warmup: 1 },
    );
  });
}
