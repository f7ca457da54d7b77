import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Checksum } from "@seamless/checksum";
import { hashserverStore } from "@seamless/remote/hashserver";
import { compare } from "../measure.mjs";
import { commandPath, run } from "../processes.mjs";
import { serve } from "../serving.mjs";
import { inFolder, writeSmallFiles } from "../workplace.mjs";

export const question = "How fast are many small files uploaded?";

export function answer() {
  return inFolder(async (folder) => {
    const data = join(folder, "data");
    const place = join(folder, "store");
    writeSmallFiles(data, 100, 100);
    const files = readdirSync(data, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const server = await serve(place, "--writable");
    const empty = () => {
      for (const name of readdirSync(place)) rmSync(join(place, name), { recursive: true });
    };
    const oneByOne = async () => {
      const store = hashserverStore(server.url, { connections: 1 });
      for (const file of files) {
        const bytes = readFileSync(file);
        await store.put(Checksum.of(bytes), bytes);
      }
      await store.close();
    };
    const script = commandPath("seamless");
    const upload = () => {
      run(process.execPath, script, "upload", "--no-index", "--store", server.url, data);
    };
    try {
      return await compare(
        { name: "one request at a time", prepare: empty, run: oneByOne },
        [{ name: "seamless upload, 10,000 files", prepare: empty, run: upload, atMost: 0.333 }],
        { rounds: 3, warmup: 0 },
      );
    } finally {
      await server.close();
    }
  });
}
