import { readFileSync } from "node:fs";
import { defineConfig, type Options } from "tsup";

/** What one package builds: named entry points, and modules that its export conditions choose between. */
export interface PackageBuild {
  /** Entry name in `dist/` → source file. */
  readonly entry: Readonly<Record<string, string>>;
  /** Specifiers left to the resolver of whoever imports the package (`#platform`). */
  readonly external?: readonly string[];
  /** Constants written into the code, as JavaScript expressions. */
  readonly define?: Readonly<Record<string, string>>;
  /** What something else builds in `dist/`, as globs. */
  readonly keep?: readonly string[];
  /** Types are of no use to a command. @default true */
  readonly types?: boolean;
}

/**
 * Gives classes their names back: esbuild writes a class that names itself as `var Checksum = class _Checksum`, which users
 * would see in logs. Inside and outside, the name is then the same, and means the same.
 */
const classNames: NonNullable<Options["plugins"]>[number] = {
  name: "class-names",
  renderChunk(code) {
    const names = Array.from(code.matchAll(/\bvar ([\w$]+) = class _\1\b/g), ([, name]) => name!);
    return {
      code: names.reduce((text, name) => text.replace(new RegExp(`(?<![\\w$.])_${name}(?![\\w$])`, "g"), name), code),
    };
  },
};

/** The private package that goes into whatever uses it, code and types, since nobody can install it. */
const INTERNAL = /^@seamless\/internal\//;
/** By a path, since what TypeScript finds in `node_modules` stays an import in the types. */
const INTERNAL_TYPES = { "@seamless/internal/*": ["../internal/src/*.ts"] };

/** The paths of the package's own `tsconfig.json`, which those given here would replace. */
function ownPaths(): Readonly<Record<string, string[]>> {
  return JSON.parse(readFileSync("tsconfig.json", "utf8")).compilerOptions?.paths ?? {};
}

/**
 * The one tsup configuration of the workspace: ESM, types beside the code, shared chunks. Nothing is inlined but the
 * private package.
 */
export function definePackage(build: PackageBuild) {
  return defineConfig({
    entry: { ...build.entry },
    external: [...(build.external ?? [])],
    noExternal: [INTERNAL],
    ...(build.define === undefined ? {} : { define: { ...build.define } }),
    format: ["esm"],
    target: "es2022",
    platform: "neutral",
    dts: (build.types ?? true) && { compilerOptions: { baseUrl: ".", paths: { ...INTERNAL_TYPES, ...ownPaths() } } },
    splitting: true,
    sourcemap: true,
    clean: build.keep === undefined ? true : build.keep.map((glob) => `!${glob}`),
    treeshake: true,
    plugins: [classNames],
    esbuildOptions(options) {
      options.charset = "utf8";
    },
  });
}
