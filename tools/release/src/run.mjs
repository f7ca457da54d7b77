// `pnpm release [--dry-run]` and `pnpm release:pack [DIR]`. Node 20 reads no TypeScript: Vite loads it, as it does for the tests.
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const { module } = await runnerImport(fileURLToPath(new URL("commands.ts", import.meta.url)));
process.exitCode = await module.runCommandLine(process.argv.slice(2).filter((word) => word !== "--"));
