import { fileURLToPath } from "node:url";
import { defineProject } from "vitest/config";

/** In milliseconds, for a test and for what prepares it: the machine of CI may be slow, or have other things to do. */
const PATIENCE = process.env["SEAMLESS_TESTS"] === "all" ? 300_000 : 120_000;

/**
 * The one Vitest setup of the workspace. Tests see the sources of their own package and the builds of the others.
 *
 * @param configUrl - `import.meta.url` of the package's `vitest.config.ts`.
 * @param name - Name shown in reports.
 * @param alias - Import specifier → source file, for what export conditions choose (`#platform`).
 * @param globalSetup - Modules that run once for all test files.
 */
export function definePackageTests(
  configUrl: string,
  name: string,
  alias: Readonly<Record<string, string>> = {},
  globalSetup: readonly string[] = [],
) {
  const path = (file: string) => fileURLToPath(new URL(file, configUrl));
  const setup = [fileURLToPath(new URL("equal-bytes.ts", import.meta.url))];
  // Linux can run all tests.
  if (process.platform !== "linux") setup.push(fileURLToPath(new URL("platform-setup.ts", import.meta.url)));
  return defineProject({
    root: path("."),
    resolve: { alias: Object.fromEntries(Object.entries(alias).map(([from, to]) => [from, path(to)])) },
    test: {
      name,
      include: ["test/**/*.test.ts"],
      setupFiles: setup,
      globalSetup: [...globalSetup],
      testTimeout: PATIENCE,
      hookTimeout: PATIENCE,
    },
  });
}
