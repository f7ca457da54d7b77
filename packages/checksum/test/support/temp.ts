import { chmodSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A fresh folder that goes away with the test. Everybody may enter and write, for the tests that run as somebody else. */
export function tempDir(): string {
  const folder = makeTempDir();
  onTestFinished(() => removeTempDir(folder));
  return folder;
}

/** The same for hooks, which say themselves when it goes. */
export function makeTempDir(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "seamless-checksum-")));
  chmodSync(folder, 0o777);
  return folder;
}

export function removeTempDir(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
