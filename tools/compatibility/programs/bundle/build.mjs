// `build.mjs BUNDLER ENTRY FOLDER`: bundles an entry, and prints its warnings as JSON. All bundles are
// ES modules in FOLDER, of which `main.mjs` is to be run.
import { readFileSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";

const [bundler, entry, folder] = process.argv.slice(2);
const cwd = process.cwd();
const names = { entryFileNames: "main.mjs", chunkFileNames: "[name]-[hash].mjs" };
/** CommonJS in a bundle for Node needs a `require`. */
const REQUIRE = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';
const BUILTINS = [/^node:/, ...builtinModules];

const esbuild = async (options) => {
  const { build } = await import("esbuild");
  const { warnings } = await build({
    entryPoints: { main: join(cwd, entry) },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    logLevel: "silent",
    ...options,
  });
  return warnings.map(({ text }) => text);
};

const rollup = async (options) => {
  const { rollup } = await import("rollup");
  const { default: resolve } = await import("@rollup/plugin-node-resolve");
  const { default: commonjs } = await import("@rollup/plugin-commonjs");
  const warnings = [];
  const plugins = [resolve(options.resolve), commonjs()];
  const build = await rollup({
    input: entry,
    plugins,
    external: options.external ?? [],
    onLog: (level, log) => level === "warn" && warnings.push(log.message),
  });
  await build.write({ dir: folder, format: "es", ...names });
  return warnings;
};

const rolldown = async (platform) => {
  const { rolldown } = await import("rolldown");
  const warnings = [];
  const build = await rolldown({
    input: entry,
    platform,
    onLog: (level, log) => level === "warn" && warnings.push(log.message),
  });
  await build.write({ dir: folder, format: "es", ...names });
  return warnings;
};

const vite = async (server) => {
  const { build } = await import("vite");
  const warnings = [];
  const add = (message) => warnings.push(message);
  const customLogger = {
    info() {},
    warn: add,
    warnOnce: add,
    error: add,
    clearScreen() {},
    hasErrorLogged: () => false,
  };
  await build({
    root: cwd,
    configFile: false,
    customLogger,
    ...(server ? { ssr: { noExternal: true } } : {}),
    build: {
      outDir: folder,
      emptyOutDir: true,
      reportCompressedSize: false,
      ...(server ? { ssr: entry } : {}),
      rollupOptions: { input: entry, output: names },
    },
  });
  return warnings;
};

const webpack = (name, options) => async () => {
  const loaded = await import(name);
  const compiler = (loaded.rspack ?? loaded.default)({
    context: cwd,
    mode: "production",
    entry: `./${entry}`,
    performance: false,
    experiments: { outputModule: true },
    output: { path: folder, filename: "main.mjs", chunkFilename: "[id].mjs", module: true, chunkFormat: "module" },
    ...options,
  });
  const stats = await new Promise((resolve, reject) =>
    compiler.run((error, found) => (error ? reject(error) : resolve(found))),
  );
  const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
  await new Promise((resolve) => compiler.close(resolve));
  return [...errors, ...warnings].map(({ message, moduleName, loc }) => `${moduleName} ${loc}: ${message}`);
};

// As React Native's settings have it, without its transformer of types and JSX.
const metro = async () => {
  const { default: Metro } = await import("metro");
  const warnings = [];
  const update = ({ type, data, error }) => {
    if (/warn|error|fail/.test(type)) warnings.push(`${error ?? JSON.stringify(data)}`);
  };
  const config = Metro.mergeConfig(await Metro.loadConfig({ cwd }), {
    projectRoot: cwd,
    watchFolders: [cwd],
    maxWorkers: 1,
    cacheStores: [],
    reporter: { update },
    resolver: {
      useWatchman: false,
      unstable_enablePackageExports: true,
      unstable_conditionNames: ["react-native"],
      resolverMainFields: ["react-native", "browser", "main"],
    },
    transformer: {
      allowOptionalDependencies: true,
      getTransformOptions: async () => ({ transform: { experimentalImportSupport: true, inlineRequires: false } }),
    },
  });
  const out = join(folder, "bundle.js");
  await Metro.runBuild(config, { entry, platform: "ios", out, dev: false, minify: false });
  // A script, which has a `this` at its top.
  writeFileSync(join(folder, "main.mjs"), `(0, eval)(${JSON.stringify(readFileSync(out, "utf8"))});\n`);
  return warnings;
};

// As Next bundles for a server: with the packages, for Node, whose own modules stay outside.
const server = { target: "node20", externalsPresets: { node: true } };

/** What the rows name → how it bundles; gives its warnings. */
const BUNDLERS = {
  esbuild: () => esbuild({ platform: "browser", splitting: true }),
  "esbuild-node": () => esbuild({ platform: "node", splitting: true, banner: { js: REQUIRE } }),
  // As Cloudflare's Wrangler calls it: one file.
  "esbuild-workers": () => esbuild({ platform: "browser", conditions: ["workerd", "worker", "browser"] }),
  vite: () => vite(false),
  "vite-node": () => vite(true),
  rollup: () => rollup({ resolve: { browser: true } }),
  "rollup-node": () => rollup({ resolve: { exportConditions: ["node"] }, external: BUILTINS }),
  rolldown: () => rolldown("browser"),
  "rolldown-node": () => rolldown("node"),
  metro,
  webpack: webpack("webpack", { target: ["web", "es2022"] }),
  "webpack-node": webpack("webpack", server),
  rspack: webpack("@rspack/core", { target: ["web", "es2022"] }),
  "rspack-node": webpack("@rspack/core", server),
};

process.stdout.write(`\n${JSON.stringify(await BUNDLERS[bundler]())}\n`);
