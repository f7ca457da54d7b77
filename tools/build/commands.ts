import { chmodSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { type Plugin, type RolldownOptions, rolldown } from "rolldown";
import cache from "../../packages/cache/tsup.config.ts";
import celltypes from "../../packages/celltypes/tsup.config.ts";
import checksum from "../../packages/checksum/tsup.config.ts";
import conversion from "../../packages/conversion/tsup.config.ts";
import remote from "../../packages/remote/tsup.config.ts";
import store from "../../packages/store/tsup.config.ts";

/* How the commands are built: as CommonJS, with all packages of the workspace that they use. docs/decisions/commands-are-bundled.md */

/** What the package of commands builds. */
export interface CommandsBuild {
  /** Name of the program → its module. */
  readonly programs: Readonly<Record<string, string>>;
  /** Threads: name of the file that `new URL("./NAME.js", import.meta.url)` asks for → its module. */
  readonly workers: Readonly<Record<string, string>>;
  /** Modules that every program begins with: they, and all that comes with them, are one file. */
  readonly atOnce: readonly string[];
  /** Modules of the commands that scripts call most: the same, in a second file. Each file takes a third of a ms to load. */
  readonly often: readonly string[];
  /** Modules that the build alone runs: name in `dist/of-the-build` → path. */
  readonly ofTheBuild: Readonly<Record<string, string>>;
  /** Packages that stay imports: what is installed beside the commands. */
  readonly external: readonly string[];
  /** Constants written into the code, as JavaScript expressions. */
  readonly define: Readonly<Record<string, string>>;
}

const PACKAGES = fileURLToPath(new URL("../../packages/", import.meta.url));

/** What the packages build, by which their sources are found: file in `dist` without `.js` → source. */
const BUILT: Readonly<Record<string, { readonly entry?: unknown }>> = {
  cache,
  celltypes,
  checksum,
  conversion,
  remote,
  store,
} as never;

/** The source that a file of a package's `dist` was built from. */
function sourceOf(built: string): string | undefined {
  const [folder, dist, ...path] = relative(PACKAGES, built).split(sep);
  if (dist !== "dist" || folder === undefined) return undefined;
  const { entry = {} } = BUILT[folder] ?? {};
  const source = (entry as Readonly<Record<string, string>>)[path.join("/").replace(/\.js$/, "")];
  if (source === undefined) throw new Error(`no source is known of ${built}`);
  return join(PACKAGES, folder, source);
}

/**
 * Takes packages of the workspace from their sources: module by module, so that a command gets the modules that it uses,
 * and source maps that show them.
 */
const fromSources: Plugin = {
  name: "from-sources",
  resolveId: {
    filter: { id: /^(?:@seamless\/|#)/ },
    async handler(specifier, importer) {
      const found = await this.resolve(specifier, importer, { skipSelf: true });
      const source = found === null ? undefined : sourceOf(found.id);
      return source ?? found;
    },
  },
};

/** Threads are started from a file beside the one that starts them, which is CommonJS here too. */
function workerFiles(names: readonly string[]): Plugin {
  return {
    name: "worker-files",
    transform: {
      filter: { code: "new URL(" },
      handler(given) {
        const code = names.reduce((text, name) => text.replaceAll(`"./${name}.js"`, `"./${name}.cjs"`), given);
        // Of the rest of the module, each character stays where it was.
        return code === given ? undefined : { code, map: null };
      },
    },
  };
}

/** Programs can be run by their own names. */
const executable: Plugin = {
  name: "executable",
  writeBundle({ dir = "" }, files) {
    for (const file of Object.values(files)) {
      if (file.type === "chunk" && file.code.startsWith("#!")) chmodSync(join(dir, file.fileName), 0o755);
    }
  },
};

/** Warnings that say nothing of what is built: that a module is loaded lazily in one place only, and that the machine is busy. */
const HARMLESS = ["INEFFECTIVE_DYNAMIC_IMPORT", "PLUGIN_TIMINGS"];

/** The one configuration of rolldown: programs in `dist/bin`; what they share, and threads, in `dist`. */
export async function defineCommands(build: CommandsBuild): Promise<RolldownOptions[]> {
  const common = {
    platform: "node",
    external: build.external.map((name) => new RegExp(`^${name}(?:/|$)`)),
    plugins: [fromSources, workerFiles(Object.keys(build.workers)), executable],
    transform: { target: "node20.19", define: { ...build.define } },
    onLog(level, { code = "", message }, handler) {
      if (level !== "warn") handler(level, message);
      else if (!HARMLESS.includes(code)) throw new Error(message);
    },
  } satisfies RolldownOptions;
  // White space costs a millisecond to read. Names stay: they are in the stacks of bugs that are reported.
  const minify = { mangle: false, compress: false, codegen: { removeWhitespace: true } } as const;
  const output = { format: "cjs", sourcemap: true, exports: "named", minify } as const;
  const [start, often] = [await loadedBy(common, build.atOnce), await loadedBy(common, build.often)];
  return [
    {
      ...common,
      input: { ...build.programs, ...build.workers },
      preserveEntrySignatures: "allow-extension",
      output: {
        ...output,
        dir: "dist",
        cleanDir: true,
        entryFileNames: ({ name }) => (Object.hasOwn(build.programs, name) ? "bin/[name].cjs" : "[name].cjs"),
        chunkFileNames: "[name]-[hash].cjs",
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: "start", priority: 2, test: (id) => start.has(id) },
            { name: "often", priority: 1, test: (id) => often.has(id) },
          ],
        },
      },
    },
    {
      ...common,
      input: { ...build.ofTheBuild },
      output: {
        ...output,
        dir: "dist/of-the-build",
        codeSplitting: false,
        sourcemap: false,
        entryFileNames: "[name].cjs",
      },
    },
  ];
}

/** The modules that are loaded with some modules, without those that these load later, if at all. */
async function loadedBy(options: RolldownOptions, modules: readonly string[]): Promise<ReadonlySet<string>> {
  const bundle = await rolldown({ ...options, input: [...modules] });
  const { output } = await bundle.generate({ format: "cjs" });
  await bundle.close();
  const chunks = new Map(output.flatMap((file) => (file.type === "chunk" ? [[file.fileName, file] as const] : [])));
  const reached = new Set([...chunks.values()].filter(({ isEntry }) => isEntry));
  for (const { imports } of reached) {
    for (const name of imports) if (chunks.has(name)) reached.add(chunks.get(name)!);
  }
  return new Set([...reached].flatMap(({ moduleIds }) => moduleIds));
}
