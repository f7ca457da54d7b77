import { delimiter, join } from "node:path";
import { workspaceRoot } from "@seamless-tools/examples";
import { runCommand } from "@seamless-tools/packages";

/** Build all packages, from cache where nothing changed. */
export async function build(): Promise<void> {
  const args = ["run", "build", "--filter=./packages/*", "--output-logs=errors-only"];
  // turbo calls the pnpm that it finds.
  const path = `${join(workspaceRoot, "node_modules/.bin")}${delimiter}${process.env["PATH"]}`;
  await runCommand("turbo", args, { cwd: workspaceRoot, env: { PATH: path, TURBO_TELEMETRY_DISABLED: "1" } });
}
