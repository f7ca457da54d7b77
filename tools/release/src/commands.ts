import { mkdir } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { workspaceRoot } from "@seamless-tools/examples";
import { packPublished } from "@seamless-tools/packages";
import { build } from "./build.ts";
import { checkChanges, unpublishedVersions } from "./changes.ts";
import { Refusal } from "./refusal.ts";
import { release } from "./release.ts";

const USAGE = `usage: pnpm release [--dry-run] [--without-audit]
                                  publish what is not published yet, and tag it; without asking the
                                  registry for security advisories, if it has none to ask for
       pnpm release:pack [DIR]    build and pack all packages, by default into results/tarballs
       pnpm release:changes       fail if a package differs from what is published under its version,
                                  and no changeset names it
       pnpm release:unpublished   print the versions that are not published yet
`;

interface Command {
  /** Are these arguments right? */
  takes(args: readonly string[]): boolean;
  run(args: readonly string[]): Promise<void>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  release: {
    takes: (args) => args.every((arg) => arg === "--dry-run" || arg === "--without-audit"),
    run: (args) => release({ dryRun: args.includes("--dry-run"), withoutAudit: args.includes("--without-audit") }),
  },
  pack: {
    takes: (args) => args.length <= 1 && args[0]?.startsWith("-") !== true,
    run: ([directory]) =>
      packInto(resolve(process.env["INIT_CWD"] ?? process.cwd(), directory ?? join(workspaceRoot, "results/tarballs"))),
  },
  changes: { takes: (args) => args.length === 0, run: checkChanges },
  unpublished: {
    takes: (args) => args.length === 0,
    run: async () => {
      for (const version of await unpublishedVersions()) process.stdout.write(`${version}\n`);
    },
  },
};

/**
 * @param args - The command and its arguments.
 * @returns the exit status.
 */
export async function runCommandLine([name = "", ...args]: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    process.stdout.write(USAGE);
    return 0;
  }
  const command = COMMANDS[name];
  if (command?.takes(args) !== true) {
    process.stderr.write(USAGE);
    return 2;
  }
  try {
    await command.run(args);
    return 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const title = name === "release" ? "Not released" : "Not ready for a release";
    process.stderr.write(`\n${title}:\n${error.reasons.map((reason) => `- ${reason}\n`).join("")}`);
    return 1;
  }
}

async function packInto(directory: string): Promise<void> {
  await build();
  await mkdir(directory, { recursive: true });
  for (const { path } of await packPublished(directory)) process.stdout.write(`${relative(process.cwd(), path)}\n`);
}
