import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { Checksum } from "@seamless/checksum";
import { hashserverStore } from "@seamless/remote/hashserver";
import { compare } from "../measure.mjs";
import { commandPath, run } from "../processes.mjs";
import { serve } from "../serving.mjs";
import { inFolder, writeSmallFiles } from "../workplace.mjs";

export const question = "How fast are many small files uploaded?";

/** Files at a time, where they are written bare: as many as the command has under way. */
const AT_ONCE = 16;

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
    /** @param {string} store */
    const upload = (store) => run(process.execPath, script, "upload", "--no-index", "--store", store, data);
    /** @param {boolean} flushed - The folder, too: so that the names outlast a crash. */
    const bare = async (flushed) => {
      for (let i = 0; i < 256; i++) mkdirSync(join(place, i.toString(16).padStart(2, "0")));
      let next = 0;
      const worker = async () => {
        for (let file = files[next++]; file !== undefined; file = files[next++]) {
          const bytes = await readFile(file);
          const hex = Checksum.of(bytes).hex();
          const folder = join(place, hex.slice(0, 2));
          const temporary = join(folder, `${hex}.tmp`);
          const handle = await open(temporary, "wx");
          await handle.write(bytes);
          await handle.sync();
          await handle.close();
          await rename(temporary, join(folder, hex));
          if (!flushed) continue;
          const names = await open(folder, "r");
          await names.sync();
          await names.close();
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
    };
    try {
      return [
        ...(await compare(
          { name: "one request at a time", prepare: empty, run: oneByOne },
          [{ name: "seamless upload, 10,000 files", prepare: empty, run: () => upload(server.url), atMost: 0.333 }],
          { rounds: 3, warmup: 0 },
        )),
        ...(await compare(
          { name: "write, fsync, rename each", prepare: empty, run: () => bare(false) },
          [
            { name: "seamless upload into a folder", prepare: empty, run: () => upload(place), atMost: 1.2 },
            { name: "the same and fsync of its folder", prepare: empty, run: () => bare(true) },
          ],
          { rounds: 3, warmup: 0 },
        )),
      ];
    } finally {
      await server.close();
    }
  });
}
