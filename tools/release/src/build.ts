import { rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { workspaceRoot } from "@seamless-tools/examples";
import { publishedPackages, runCommand } from "@seamless-tools/packages";

/** Build all packages, from cache where nothing changed. */
export async function build(): Promise<void> {
  // What comes from the cache is put beside what another commit has left there, and would be packed with it.
  await Promise.all(
    publishedPackages().map(({ directory }) => rm(join(directory, "dist"), { recursive: true, force: true })),
  );
  const args = ["run", "build", "--filter=./packages/*", "--output-logs=errors-only"];
  // turbo calls the pnpm that it finds.
  const path = `${join(workspaceRoot, "node_modules/.bin")}${delimiter}${process.env["PATH"]}`;
  await runCommand("turbo", args, { cwd: workspaceRoot, env: { PATH: path, TURBO_TELEMETRY_DISABLED: "1" } });
}
