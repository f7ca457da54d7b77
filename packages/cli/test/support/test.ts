import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base } from "vitest";
import { unavailable } from "../../../../tools/build/unavailable.ts";
import { install, installAll } from "./commands.ts";

export { unavailable };

interface Fixtures {
  /** A fresh folder, empty, inside one that is the test's own too; everybody may write to both. */
  readonly dir: string;
  /** A folder with the package installed for everybody to read. */
  readonly installation: string;
  /** The same with all that it depends on. */
  readonly fullInstallation: string;
  /** A small file system of its own: 64 kB. */
  readonly disk: string;
}

/** Vitest's `test` with places to work in, which go away with the test. */
export const test = base.extend<Fixtures>({
  dir: async ({ task: _ }, use) => {
    const outer = temporaryFolder();
    const dir = join(outer, "w");
    mkdirSync(dir);
    chmodSync(dir, 0o777);
    await use(dir);
    rmSync(outer, { recursive: true });
  },
  installation: [installed(install), { scope: "file" }],
  fullInstallation: [installed(installAll), { scope: "file" }],
  disk: async ({ skip }, use) => {
    const folder = temporaryFolder();
    const mounted = system("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder);
    if (mounted !== "") {
      rmSync(folder, { recursive: true });
      unavailable(skip, `a file system of 64 kB cannot be mounted here (${mounted})`);
    }
    await use(folder);
    system("umount", folder);
    rmSync(folder, { recursive: true });
  },
});

/** A folder with an installation, which the tests of a file share: none of them writes to it. */
function installed(install: (folder: string) => string) {
  // Vitest reads from the pattern which fixtures it needs.
  // biome-ignore lint/correctness/noEmptyPattern: none
  return async ({}, use: (folder: string) => Promise<void>) => {
    const folder = temporaryFolder();
    await use(install(folder));
    rmSync(folder, { recursive: true });
  };
}

/** Call a program of the system. Returns what is wrong; nothing if all went well. */
export function system(command: string, ...args: readonly string[]): string {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? "" : (error?.message ?? stderr.split("\n")[0]) || `status ${status}`;
}

function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "seamless-cli-")));
  chmodSync(folder, 0o777);
  return folder;
}
