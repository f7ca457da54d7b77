import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What some tests need and some platforms do not have. */
export interface Need {
  /** Platforms, as Node names them, that do not have it. */
  readonly on: readonly string[];
  /** Whether this machine lacks it; by default all of these platforms do. */
  readonly isMissing?: () => boolean;
  /** What a reader is told. */
  readonly reason: string;
  /** File, from the root of the workspace → which of its tests, by their full names; `true` for all. */
  readonly tests: Readonly<Record<string, RegExp | true>>;
}

const WINDOWS = ["win32"];

/** What platforms other than Linux cannot run. That a test is named here is judged by what it does: none of it was run there. */
export const NEEDS: readonly Need[] = [
  {
    on: WINDOWS,
    reason: "Windows has no permissions in the bits of a mode",
    tests: {
      "packages/cache/test/record-directory.test.ts": /cannot be written to/,
      "packages/checksum/test/checksum-file-faults.test.ts": /may not read/,
      "packages/checksum/test/index-directory-names.test.ts": /may not be read/,
      "packages/checksum/test/make-folder.test.ts": /may not be written|^permissions/,
      "packages/checksum/test/verify-directory.test.ts": /entered but not listed/,
      "packages/checksum/test/write-atomic-faults.test.ts": /may not write|but not list/,
      "packages/checksum/test/write-atomic.test.ts": /^permissions/,
      "packages/cli/test/permissions.test.ts": true,
      "packages/remote/test/directory-permissions.test.ts": true,
    },
  },
  {
    on: WINDOWS,
    reason: "Windows has no FIFOs, sockets and devices in folders",
    tests: {
      "packages/checksum/test/checksum-file-faults.test.ts": /a FIFO|a socket/,
      "packages/checksum/test/checksum-load-save.test.ts": /a FIFO/,
      "packages/checksum/test/index-directory-names.test.ts": /FIFOs|what is skipped/,
      "packages/checksum/test/index-directory-threads.test.ts": /failures of all threads/,
      "packages/cli/test/special-files.test.ts": true,
    },
  },
  {
    on: WINDOWS,
    reason: "Windows has no signals that another process can handle",
    tests: {
      "packages/cli/test/interrupt.test.ts": true,
      "packages/cli/test/resume.slow.test.ts": true,
      "packages/cli/test/serve-program.test.ts": true,
      "packages/cli/test/serve.test.ts": true,
      "packages/cli/test/signals.slow.test.ts": true,
      "packages/remote/test/processes.test.ts": true,
    },
  },
  {
    on: WINDOWS,
    reason: "it runs lines of a POSIX shell, or compares paths as POSIX writes them",
    tests: {
      "packages/cli/test/checksum-file.test.ts": true,
      "packages/cli/test/checksum-index.test.ts": true,
      "packages/cli/test/checksum.test.ts": true,
      "packages/cli/test/closed-input.test.ts": true,
      "packages/cli/test/completion.test.ts": /what is typed/,
      "packages/cli/test/config.test.ts": true,
      "packages/cli/test/download-hostile.test.ts": /^(?!refuseUnsafe)/,
      "packages/cli/test/download-leftovers.test.ts": true,
      "packages/cli/test/download-parts.test.ts": true,
      "packages/cli/test/download.test.ts": true,
      "packages/cli/test/get.test.ts": true,
      "packages/cli/test/links.test.ts": true,
      "packages/cli/test/transfers-kill.slow.test.ts": true,
      "packages/cli/test/transfers-output.test.ts": true,
      "packages/cli/test/upload-several.test.ts": true,
      "packages/cli/test/leftovers.test.ts": true,
      "packages/cli/test/others.test.ts": true,
      "packages/cli/test/output.test.ts": true,
      "packages/cli/test/progress.test.ts": true,
      "packages/cli/test/put.test.ts": true,
      "packages/cli/test/readme.test.ts": true,
      "packages/cli/test/removed-folder.test.ts": true,
      "packages/cli/test/store-verify.test.ts": true,
      "packages/cli/test/stores.test.ts": true,
      "packages/cli/test/terminal-names.test.ts": true,
      "packages/cli/test/upload.test.ts": true,
      "packages/cli/test/usage.test.ts": true,
      "packages/cli/test/verify.test.ts": true,
      "packages/checksum/test/messages.test.ts": true,
      "packages/checksum/test/other-platforms.test.ts": /^a fault that cannot pass/,
      "tools/compatibility/test/fetch-command.test.ts": true,
      "tools/workflows/test/dry-run.test.ts": true,
      "tools/examples/test/examples.test.ts": true,
      "tools/examples/test/run.test.ts": true,
    },
  },
  {
    on: WINDOWS,
    reason: "Windows cannot have such names, or such a folder",
    tests: {
      "packages/checksum/test/index-directory-names.test.ts": /need care/,
      "packages/checksum/test/other-platforms.test.ts": /working directory that has been removed/,
      "packages/checksum/test/write-atomic.test.ts": /have any name/,
    },
  },
  {
    on: WINDOWS,
    reason: "Windows says of a path through a file that it does not exist",
    tests: {
      "packages/checksum/test/checksum-file-faults.test.ts": /no directory/,
      "packages/checksum/test/write-atomic-faults.test.ts": /or is a file|over 255 bytes/,
    },
  },
  {
    on: ["win32", "darwin"],
    reason: "names that are not UTF-8 cannot be made here",
    tests: { "packages/checksum/test/index-directory-names.test.ts": /are not UTF-8/ },
  },
  {
    on: ["darwin"],
    reason: "names that are not UTF-8 cannot be made here",
    tests: {
      "packages/checksum/test/messages.test.ts": /not UTF-8/,
      "packages/cli/test/special-files.test.ts": /UTF-8/,
    },
  },
  {
    on: ["win32", "darwin"],
    reason: "case, or the composition of accents, does not count here",
    tests: {
      "packages/cli/test/windows.test.ts": /where it does, each has its own/,
      "packages/checksum/test/index-directory-names.test.ts": /need care/,
    },
  },
  {
    on: WINDOWS,
    isMissing: () => !canLink(),
    reason: "links need a privilege on Windows, or its developer mode",
    tests: {
      "packages/checksum/test/checksum-file-faults.test.ts": /links|a link to one/,
      "packages/checksum/test/index-directory-names.test.ts": /failures/,
      "packages/checksum/test/index-directory.test.ts": /links|link/,
      "packages/checksum/test/leftovers.test.ts": /a link may have been left/,
      "packages/checksum/test/make-folder.test.ts": /a link to a folder/,
      "packages/checksum/test/write-atomic.test.ts": /a link is itself replaced/,
      "packages/remote/test/directory-files.test.ts": /link|cannot be read is ignored|what is in the way/,
      "packages/remote/test/directory-verify.test.ts": /links/,
    },
  },
];

function canLink(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "seamless-link-"));
  try {
    symlinkSync("nowhere", join(folder, "link"));
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * What a test needs and a platform does not have, as a sentence; `undefined` if nothing.
 *
 * @param file - From the root of the workspace, with `/`.
 * @param name - Full name of the test: those of its groups and its own, with `" > "` between them.
 */
export function unmetNeed(platform: string, file: string, name: string): string | undefined {
  const unmet = NEEDS.find(({ on, tests, isMissing }) => {
    const named = tests[file];
    const needs = named === true || (named?.test(name) ?? false);
    return needs && on.includes(platform) && (isMissing?.() ?? true);
  });
  return unmet?.reason;
}
