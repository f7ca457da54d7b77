import { defineConfig } from "tsup";

/** What one package builds: named entry points, and modules that its export conditions choose between. */
export interface PackageBuild {
  /** Entry name in `dist/` → source file. */
  readonly entry: Readonly<Record<string, string>>;
  /** Specifiers left to the resolver of whoever imports the package (`#platform`). */
  readonly external?: readonly string[];
  /** Constants written into the code, as JavaScript expressions. */
  readonly define?: Readonly<Record<string, string>>;
  /** Types are of no use to a command. @default true */
  readonly types?: boolean;
}

/** The one tsup configuration of the workspace: ESM, types beside the code, shared chunks, nothing inlined. */
export function definePackage(build: PackageBuild) {
  return defineConfig({
    entry: { ...build.entry },
    external: [...(build.external ?? [])],
    ...(build.define === undefined ? {} : { define: { ...build.define } }),
    format: ["esm"],
    target: "es2022",
    platform: "neutral",
    dts: build.types ?? true,
    splitting: true,
    sourcemap: true,
    clean: true,
    treeshake: true,
    esbuildOptions(options) {
      options.charset = "utf8";
    },
  });
}
