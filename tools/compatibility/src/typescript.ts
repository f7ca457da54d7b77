import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { entriesOf, runCommand } from "@seamless-tools/packages";
import type { Context, Group, RunRow } from "./row.ts";

const PROGRAMS = fileURLToPath(new URL("../programs/types", import.meta.url));

/** How a program finds packages. */
type Resolution = "node16" | "nodenext" | "bundler" | "node10";
const MODULE = { node16: "node16", nodenext: "nodenext", bundler: "esnext", node10: "commonjs" } as const;

/** Which types of the platform a program has, and which files it can then have. */
const PLATFORMS = {
  none: { lib: ["es2022"], types: [], files: ["portable.ts", "entries.ts"] },
  node: { lib: ["es2022"], types: ["node"], files: ["portable.ts", "entries.ts", "platform.ts", "node.ts"] },
  dom: { lib: ["es2022", "dom"], types: [], files: ["portable.ts", "entries.ts", "platform.ts"] },
} as const;
type Platform = keyof typeof PLATFORMS;

/** The entries that need `@types/node`. */
const NODE_TYPES = ["@seamless/remote/hashserver/node"];

const CASES: readonly (readonly [Resolution, Platform])[] = [
  ["nodenext", "none"],
  ["nodenext", "node"],
  ["nodenext", "dom"],
  ["node16", "none"],
  ["bundler", "none"],
  ["bundler", "dom"],
  ["node10", "none"],
  ["node10", "node"],
];

/** A version of TypeScript, as npm has it. */
function typescript(version: string, more: Partial<RunRow> = {}): RunRow {
  const cases = CASES.filter(([resolution]) => resolution !== "node10" || version.startsWith("5."));
  return {
    name: `TypeScript ${version}`,
    how: "run",
    ...more,
    async run(context) {
      const { directory, signal } = context;
      await install(context, version);
      const tsc = ["node_modules/typescript/bin/tsc"];
      for (const [resolution, platform] of cases) {
        await writeFile(join(directory, "tsconfig.json"), JSON.stringify(configuration(resolution, platform)));
        await runCommand(process.execPath, [...tsc, "--project", "."], { cwd: directory, signal });
      }
      const { stdout } = await runCommand(process.execPath, [...tsc, "--version"], { cwd: directory, signal });
      return { version: stdout.replace("Version", "").trim() };
    },
  };
}

/** The packages, the compiler and Node's types, and programs that use every entry. */
async function install({ directory, tarballs, signal }: Context, version: string): Promise<void> {
  const ours = tarballs.map(({ path, manifest }) => [manifest.name, `file:${path}`] as const);
  const dependencies = { ...Object.fromEntries(ours), typescript: `~${version}`, "@types/node": "20" };
  await cp(PROGRAMS, directory, { recursive: true });
  await writeFile(join(directory, "package.json"), JSON.stringify({ private: true, type: "module", dependencies }));
  const entries = tarballs
    .flatMap(({ manifest }) => entriesOf(manifest))
    .filter(({ specifier }) => !NODE_TYPES.includes(specifier))
    .map(({ specifier }, index) => `export * as entry${index} from "${specifier}";\n`);
  await writeFile(join(directory, "entries.ts"), entries.join(""));
  const options = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  await runCommand("npm", ["install", ...options], { cwd: directory, signal });
}

function configuration(moduleResolution: Resolution, platform: Platform): object {
  const { lib, types, files } = PLATFORMS[platform];
  return {
    compilerOptions: {
      target: "es2022",
      module: MODULE[moduleResolution],
      moduleResolution,
      lib,
      types,
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
    },
    files,
  };
}

export const compilers: Group = {
  title: "TypeScript",
  about:
    "Programs that use every entry, `strict` and `exactOptionalPropertyTypes`, with `skipLibCheck: false` and no more than ES2022: with `moduleResolution` `node16`, `nodenext` and `bundler` (and `node10` before TypeScript 6), with and without `dom`, with and without `@types/node`, which only `@seamless/remote/hashserver/node` needs.",
  rows: [
    typescript("5.4", { inCi: true }),
    typescript("5.5"),
    typescript("5.6"),
    typescript("5.7"),
    typescript("5.8"),
    typescript("5.9"),
    typescript("6.0"),
    typescript("7.0", { inCi: true }),
  ],
};
