// `pnpm generate`: write what is made from the table of conversions, and say which files changed.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { generate, TABLE } from "./generate.mjs";
import { TableError } from "./problems.mjs";

const root = new URL("../../../", import.meta.url);

try {
  const files = generate(readFileSync(new URL(TABLE, root), "utf8"));
  for (const [path, content] of Object.entries(files)) {
    const url = new URL(path, root);
    const same = existsSync(url) && readFileSync(url, "utf8") === content;
    if (!same) writeFileSync(url, content);
    process.stdout.write(`${same ? "unchanged" : "written  "} ${path}\n`);
  }
} catch (error) {
  if (!(error instanceof TableError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
