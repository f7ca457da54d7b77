import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";

/** An entry, bundled for browsers. */
export interface Bundle {
  /** Size of what a page loads at once: chunks that are only loaded when they are used do not count. */
  readonly minified: number;
  /** The same, each file compressed with gzip -9. */
  readonly gzipped: number;
  /** What is still imported from outside. */
  readonly external: readonly string[];
}

/**
 * Bundle all that an entry exports for browsers, or only one of its exports.
 *
 * @param directory - Folder of the project that it is installed in.
 * @param name - Of the export. By default, all.
 * @throws if something cannot be resolved, as `node:crypto` cannot for a browser.
 */
export async function bundleForBrowsers(directory: string, specifier: string, name?: string): Promise<Bundle> {
  const exported = name === undefined ? "*" : `{ ${name} }`;
  const { metafile, outputFiles } = await build({
    stdin: {
      contents: `export ${exported} from ${JSON.stringify(specifier)};`,
      resolveDir: directory,
      sourcefile: "page.js",
    },
    absWorkingDir: directory,
    outdir: "bundle",
    entryNames: "page",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    minify: true,
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  const initial = loadedWith(metafile, "bundle/page.js");
  const contents = outputFiles.filter(({ path }) =>
    initial.some((output) => path.replaceAll("\\", "/").endsWith(output)),
  );
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  return {
    minified: sum(contents.map((file) => file.contents.byteLength)),
    gzipped: sum(contents.map((file) => gzipSync(file.contents, { level: 9 }).byteLength)),
    external: imports.filter((imported) => imported.external === true).map(({ path }) => path),
  };
}

/** A chunk and those that it imports statically, at any depth. */
function loadedWith({ outputs }: Metafile, entry: string): readonly string[] {
  const loaded = new Set([entry]);
  // A set that grows while it is walked is walked to its new end.
  for (const output of loaded) {
    for (const { path, kind } of outputs[output]!.imports) {
      if (kind === "import-statement" && path in outputs) loaded.add(path);
    }
  }
  return [...loaded];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
