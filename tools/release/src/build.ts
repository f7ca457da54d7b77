import { delimiter, join } from "node:path";
import { workspaceRoot } from "@seamless-tools/examples";
import { runCommand } from "@seamless-tools/packages";

/** Build all packages, from cache where nothing changed. */
export async function build(): Promise<void> {
  const bin = join(workspaceRoot, "node_modules/.bin");
  const args = ["run", "build", "--filter=./packages/*", "--output-logs=errors-only"];
  // turbo calls the pnpm that it finds.
  const env = { PATH: `${bin}${delimiter}${process.env["PATH"]}`, TURBO_TELEMETRY_DISABLED: "1" };
  await runCommand(join(bin, "turbo"), args, { cwd: workspaceRoot, env });
}
