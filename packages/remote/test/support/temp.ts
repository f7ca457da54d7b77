import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A fresh folder that goes away with the test. */
export function tempDir(): string {
  const folder = makeTempDir();
  onTestFinished(() => removeTempDir(folder));
  return folder;
}

/** The same for those who say themselves when it goes. */
export function makeTempDir(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), "seamless-remote-")));
}

export function removeTempDir(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
