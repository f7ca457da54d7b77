import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installProject, packPublished, type Tarball } from "@seamless-tools/packages";
import { copyPrograms } from "./features.ts";
import type { Outcome, RunRow } from "./row.ts";

/** How long a row may take if it does not say so, in milliseconds: under load they take three times what they need. */
const TIMEOUT = 300_000;

/** The place where rows run: tarballs that are packed once, and a project that is installed once. */
export interface Bench {
  /** @throws what the row throws. */
  run(row: RunRow): Promise<Outcome>;
  /** Removes all that was made. */
  close(): void;
}

/** Pack all packages, from the built tree. */
export async function openBench(): Promise<Bench> {
  const temporary = realpathSync(mkdtempSync(join(tmpdir(), "seamless-compatibility-")));
  const remove = (path: string) => rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  let tarballs: readonly Tarball[];
  try {
    tarballs = await packPublished(temporary);
  } catch (error) {
    remove(temporary);
    throw error;
  }
  let installed: Promise<string> | undefined;
  const install = async () => {
    const project = join(temporary, "installed");
    await installProject(project, tarballs);
    await copyPrograms(project, tarballs);
    return project;
  };
  let rows = 0;
  return {
    async run(row) {
      const directory = join(temporary, `row-${++rows}`);
      mkdirSync(directory);
      const signal = AbortSignal.timeout(row.timeout ?? TIMEOUT);
      try {
        return await row.run({ directory, tarballs, signal, installed: () => (installed ??= install()) });
      } finally {
        remove(directory);
      }
    },
    close: () => remove(temporary),
  };
}
