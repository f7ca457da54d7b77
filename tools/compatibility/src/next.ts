import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installedVersion, runCommand } from "@seamless-tools/packages";
import { ENTRIES, install, PROGRAMS } from "./bundlers.ts";
import type { Group, RunRow } from "./row.ts";

const APPLICATION = fileURLToPath(new URL("../programs/next", import.meta.url));
const WARNING = /warn|⚠/i;

/** A page and a route that run the program of the bundlers on the server: built, served and asked. */
function row(name: string, ...args: readonly string[]): RunRow {
  return {
    name,
    how: "run",
    timeout: 300_000,
    async run(context) {
      const { directory, signal } = context;
      const project = join(directory, "project");
      await cp(APPLICATION, project, { recursive: true });
      await cp(join(PROGRAMS, "app.js"), join(project, "app.js"));
      const env = { NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" };
      for (const { python, entry, outcome } of ENTRIES) {
        await install(context, project, ["next@16", "react@19", "react-dom@19"], python);
        await cp(join(PROGRAMS, entry), join(project, "entry.js"));
        await rm(join(project, ".next"), { recursive: true, force: true });
        const next = join(project, "node_modules/.bin/next");
        const built = await runCommand(next, ["build", ...args], { cwd: project, env, signal });
        const output = built.stdout + built.stderr;
        if (WARNING.test(output)) throw new Error(`it warns: ${output}`);
        const { stdout } = await runCommand(process.execPath, ["ask.mjs"], { cwd: project, env, signal });
        const found = stdout.trim().split("\n").at(-1);
        if (found !== outcome) throw new Error(`the application gave ${found} and not ${outcome}`);
      }
      return { version: await installedVersion(project, "next") };
    },
  };
}

export const frameworks: Group = {
  title: "Frameworks",
  about: "The same program in a page and a route that run on the server.",
  rows: [row("Next 16, with Turbopack"), row("Next 16, with webpack", "--webpack")],
};
