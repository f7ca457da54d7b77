// The whole suite of the store port, over a folder and over a server of this runtime.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { directoryStore } from "@seamless/remote/directory";
import { hashserverStore } from "@seamless/remote/hashserver";
import { createHashserver } from "@seamless/remote/hashserver/node";
import { storeSuite } from "@seamless/store/suite";

/** In milliseconds: one that hangs is named. */
const PATIENCE = 120_000;

const [, , work] = process.argv;

/** A folder of its own, and what is done to it behind the back of a store. */
async function makeFolder() {
  const folder = await mkdtemp(join(work, "store-"));
  return {
    folder,
    async plant(checksum, bytes) {
      const hex = checksum.hex();
      await mkdir(join(folder, hex.slice(0, 2)), { recursive: true });
      await writeFile(join(folder, hex.slice(0, 2), hex), bytes);
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

const STORES = {
  async folder() {
    const { folder, ...rest } = await makeFolder();
    return { ...rest, store: directoryStore(folder), readOnly: directoryStore(folder, { writable: false }) };
  },
  async server() {
    const { folder, plant, dispose } = await makeFolder();
    const server = createHashserver({ store: directoryStore(folder), writable: true });
    const { url } = await server.listen({ port: 0 });
    const retries = { count: 2, firstDelay: 1 };
    return {
      plant,
      store: hashserverStore(url, { retries }),
      readOnly: hashserverStore(url, { retries, writable: false }),
      async dispose() {
        await server.close({ timeout: 0 });
        await dispose();
      },
    };
  },
};

for (const [kind, create] of Object.entries(STORES)) {
  const tests = [];
  storeSuite({ test: (name, run) => tests.push([name, run]), create });
  for (const [name, run] of tests) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error("it hangs")), PATIENCE);
    });
    const failed = (cause) => Promise.reject(new Error(`${kind}: ${name}: ${cause?.message ?? cause}`, { cause }));
    await Promise.race([run(), late]).catch(failed);
    clearTimeout(timer);
  }
}
console.log("all stores work");
