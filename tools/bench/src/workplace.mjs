import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Do something in a fresh folder that is removed afterwards.
 *
 * @template T
 * @param {(folder: string) => Promise<T>} work
 */
export async function inFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), "seamless-bench-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A file of random bytes.
 *
 * @param {string} path
 * @param {number} size
 */
export function writeRandomFile(path, size) {
  const block = randomBytes(2 ** 24);
  const file = openSync(path, "w");
  for (let left = size; left > 0; left -= block.byteLength) writeSync(file, block, 0, Math.min(left, block.byteLength));
  closeSync(file);
}

/**
 * A file of zeros that takes no room.
 *
 * @param {string} path
 * @param {number} size
 */
export function writeSparseFile(path, size) {
  writeFileSync(path, "");
  truncateSync(path, size);
}

/**
 * Random files of 100 B to 20 KiB, the sizes the same on every run.
 *
 * @param {string} root
 * @param {number} folders
 * @param {number} filesEach
 */
export function writeSmallFiles(root, folders, filesEach) {
  let state = 1;
  for (let i = 0; i < folders; i++) {
    const folder = join(root, `folder-${i}`);
    mkdirSync(folder, { recursive: true });
    for (let j = 0; j < filesEach; j++) {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      writeFileSync(join(folder, `file-${j}.bin`), randomBytes(100 + (state % (20 * 1024 - 100))));
    }
  }
}
