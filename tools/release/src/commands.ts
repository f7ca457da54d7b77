import { mkdir } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { workspaceRoot } from "@seamless-tools/examples";
import { packPublished } from "@seamless-tools/packages";
import { build } from "./build.ts";
import { Refusal } from "./refusal.ts";
import { release } from "./release.ts";

const USAGE = `usage: pnpm release [--dry-run] [--without-audit]
                                  publish what is not published yet, and tag it; without asking the
                                  registry for security advisories, if it has none to ask for
       pnpm release:pack [DIR]    build and pack all packages, by default into results/tarballs
`;

/**
 * @param args - The command and its arguments.
 * @returns the exit status.
 */
export async function runCommandLine([command, ...args]: readonly string[]): Promise<number> {
  try {
    if (command === "release" && args.every((arg) => arg === "--dry-run" || arg === "--without-audit")) {
      await release({ dryRun: args.includes("--dry-run"), withoutAudit: args.includes("--without-audit") });
      return 0;
    }
    if (command === "pack" && args.length <= 1 && args[0]?.startsWith("-") !== true) {
      await packInto(
        resolve(process.env["INIT_CWD"] ?? process.cwd(), args[0] ?? join(workspaceRoot, "results/tarballs")),
      );
      return 0;
    }
    process.stderr.write(USAGE);
    return 2;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`\nNot released:\n${error.reasons.map((reason) => `- ${reason}\n`).join("")}`);
    return 1;
  }
}

async function packInto(directory: string): Promise<void> {
  await build();
  await mkdir(directory, { recursive: true });
  for (const { path } of await packPublished(directory)) process.stdout.write(`${relative(process.cwd(), path)}\n`);
}
