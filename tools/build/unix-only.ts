/** Why a file of tests is left out on Windows. */
type Reason =
  | "permission bits"
  | "signals"
  | "FIFOs, sockets and devices"
  | "pseudo-terminals"
  | "redirections of a shell";

/**
 * Tests of what only Unix has, whole files of them: package → file → what it is about. Single tests that a machine cannot
 * run say so themselves, by `unavailable`.
 */
export const UNIX_ONLY: Readonly<Record<string, Readonly<Record<string, Reason>>>> = {
  checksum: {
    "checksum-file-faults": "FIFOs, sockets and devices",
    "index-directory-names": "FIFOs, sockets and devices",
    "make-folder": "permission bits",
    "write-atomic-faults": "permission bits",
  },
  cli: {
    "closed-input": "redirections of a shell",
    interrupt: "signals",
    output: "redirections of a shell",
    others: "permission bits",
    permissions: "permission bits",
    progress: "pseudo-terminals",
    serve: "signals",
    "serve-program": "signals",
    "special-files": "FIFOs, sockets and devices",
    "terminal-names": "pseudo-terminals",
  },
  remote: { "directory-permissions": "permission bits", processes: "signals" },
  workflows: { "dry-run": "redirections of a shell" },
};

/**
 * Patterns of the tests that a package does not run here. Says which, and why.
 *
 * @param name - Of the package.
 */
export function leftOut(name: string, platform: NodeJS.Platform = process.platform): string[] {
  if (platform !== "win32") return [];
  return Object.entries(UNIX_ONLY[name] ?? {}).map(([file, reason]) => {
    console.warn(`skipped: ${name}, ${file}: Windows has no ${reason}`);
    return `test/${file}.test.ts`;
  });
}
