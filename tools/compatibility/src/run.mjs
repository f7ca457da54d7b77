// `pnpm compatibility [NAME…]`: runs the rows of the matrix, or those with one of these words in their names, and writes
// docs/compatibility.md. Node 20 reads no TypeScript: Vite loads it, as it does for the tests.
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const { module } = await runnerImport(fileURLToPath(new URL("matrix.ts", import.meta.url)));
process.exitCode = await module.runMatrix(process.argv.slice(2).filter((word) => word !== "--"));
