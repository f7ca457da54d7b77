import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Checksum } from "@seamless/checksum";
import type { Coding } from "@seamless/store";
import { storeSuite } from "@seamless/store/suite";
import { expect, test } from "vitest";
import { type DirectoryLayout, directoryStore } from "../../src/directory/index.ts";
import { sample } from "./sample.ts";
import { makeTempDir, removeTempDir, tempDir } from "./temp.ts";

/** Where a file lies, said once more by somebody else. */
const FILES: Readonly<Record<DirectoryLayout, (hex: string) => string>> = {
  prefix: (hex) => join(hex.slice(0, 2), hex),
  flat: (hex) => hex,
};

const SUFFIXES: Readonly<Record<Coding, string>> = { gzip: ".gz", zstd: ".zst" };

/** Has folders of a layout tested by the suite of stores. */
export function directorySuite(layout: DirectoryLayout): void {
  storeSuite({
    test,
    create() {
      const folder = makeTempDir();
      const plant = (checksum: Checksum, bytes: Uint8Array) => {
        const path = join(folder, FILES[layout](checksum.hex()));
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, bytes);
      };
      return {
        store: directoryStore(folder, { layout }),
        readOnly: directoryStore(folder, { layout, writable: false }),
        plant,
        plantEncoded(checksum, coding, bytes) {
          const path = join(folder, FILES[layout](checksum.hex()));
          mkdirSync(dirname(path), { recursive: true });
          writeFileSync(path + SUFFIXES[coding], bytes);
        },
        damage(checksum: Checksum) {
          plant(checksum, new Uint8Array());
          const path = join(folder, FILES[layout](checksum.hex()));
          rmSync(path);
          symlinkSync("nowhere", path);
        },
        dispose: () => removeTempDir(folder),
      };
    },
  });
}

/** That a folder which was emptied is filled again by many puts at a time; in the way in which they are written just now. */
export async function emptiedAndFilled(): Promise<void> {
  const folder = tempDir();
  const store = directoryStore(folder);
  const samples = Array.from({ length: 40 }, (_, i) => sample(1000, i));
  const putAll = () => Promise.all(samples.map((each) => store.put(each.checksum, each.bytes)));
  await putAll();
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  await putAll();
  expect((await store.verify()).buffers).toBe(40);
}
