import { fileURLToPath } from "node:url";
import { configDefaults, defineProject } from "vitest/config";
import { leftOut } from "./unix-only.ts";

/**
 * The one Vitest setup of the workspace. Tests see the sources of their own package and the builds of the others.
 *
 * @param configUrl - `import.meta.url` of the package's `vitest.config.ts`.
 * @param name - Name shown in reports.
 * @param alias - Import specifier → source file, for what export conditions choose (`#platform`).
 */
export function definePackageTests(configUrl: string, name: string, alias: Readonly<Record<string, string>> = {}) {
  const path = (file: string) => fileURLToPath(new URL(file, configUrl));
  return defineProject({
    root: path("."),
    resolve: { alias: Object.fromEntries(Object.entries(alias).map(([from, to]) => [from, path(to)])) },
    test: {
      name,
      include: ["test/**/*.test.ts"],
      exclude: [...configDefaults.exclude, ...leftOut(name)],
      testTimeout: 120_000,
      hookTimeout: 120_000,
    },
  });
}
