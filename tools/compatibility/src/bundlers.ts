import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installedVersion, installProject, runCommand } from "@seamless-tools/packages";
import { nodeImports } from "./node-imports.ts";
import { expectOutput } from "./output.ts";
import type { Context, Group, Outcome, RunRow } from "./row.ts";

/** Where they are. */
export const PROGRAMS = fileURLToPath(new URL("../programs/bundle", import.meta.url));
const OPTIONAL = "@seamless/python";

/** What the bundled program finds, the same everywhere: the checksums that Python finds, too. */
const FOUND = {
  checksum: "3b86dafe83232ed4823645a6cfcebb7f25844e5aa89e9e48ad613aa0d07b1560",
  converted: "8509d4b0c4907ac4b9b893064ea4a8c6212b800d0548080e9d75ffa5dae3d2ae",
};

/** The programs: in one, code cells cannot be read, since the optional peer is not installed; in the other they can. */
export const ENTRIES = [
  { python: false, entry: "app.js", outcome: JSON.stringify({ ...FOUND, code: "NO_CODE_SUPPORT" }) },
  { python: true, entry: "with-python.js", outcome: JSON.stringify({ ...FOUND, code: "x = 1" }) },
] as const;

/** How a program is bundled. */
interface Bundler extends Partial<RunRow> {
  readonly name: string;
  /** In the table of `programs/bundle/build.mjs`. */
  readonly key: string;
  /** Packages that npm installs for it, with ranges of versions; the first is the one whose version is told. */
  readonly packages: readonly string[];
  /** What must run without Node. @default "portable" */
  readonly target?: "node" | "portable";
  readonly note?: string;
  /** Runs the bundle, in place of Node. */
  readonly start?: (context: Context, project: string, folder: string, target: string) => Promise<string>;
}

/** Bundles are run where no packages are. */
function row({ key, packages, target = "portable", note = "", start = startNode, ...row }: Bundler): RunRow {
  return {
    how: "run",
    ...row,
    async run(context): Promise<Outcome> {
      const { directory, signal } = context;
      const project = join(directory, "project");
      await cp(PROGRAMS, project, { recursive: true });
      for (const { python, entry, outcome } of ENTRIES) {
        await install(context, project, packages, python);
        const folder = join(directory, `bundle-${entry}`);
        await mkdir(folder);
        const args = ["build.mjs", key, entry, folder];
        const built = await runCommand(process.execPath, args, { cwd: project, signal });
        const warnings = JSON.parse(built.stdout.trim().split("\n").at(-1)!) as readonly string[];
        if (warnings.length > 0) throw new Error(`it warns: ${warnings.join("\n")}`);
        if (target === "portable") await expectNoNode(folder);
        const found = await start(context, project, folder, target);
        if (found !== outcome) throw new Error(`the bundle gave ${found} and not ${outcome}`);
      }
      return { version: await installedVersion(project, nameIn(packages[0]!)), note };
    },
  };
}

/** Installs our packages, the optional one too where it is asked for, and others. */
export async function install(
  { tarballs, signal }: Context,
  project: string,
  packages: readonly string[],
  python: boolean,
): Promise<void> {
  const ours = tarballs.filter(({ manifest }) => python || manifest.name !== OPTIONAL);
  const devDependencies = Object.fromEntries(
    packages.map((spec) => [nameIn(spec), spec.slice(nameIn(spec).length + 1)]),
  );
  await installProject(project, ours, { type: "module", devDependencies }, signal);
}

/** The name in `name@range`. */
function nameIn(spec: string): string {
  return spec.slice(0, spec.lastIndexOf("@"));
}

/** No file may import a module of Node's. */
async function expectNoNode(folder: string): Promise<void> {
  for (const file of await readdir(folder)) {
    const found = nodeImports(await readFile(join(folder, file), "utf8"));
    if (found.length > 0) throw new Error(`${file} has ${found.join(", ")}`);
  }
}

async function startNode({ signal }: Context, project: string, folder: string, target: string): Promise<string> {
  const args = [join(project, "run.mjs"), join(folder, "main.mjs"), ...(target === "portable" ? [target] : [])];
  const output = await runCommand(process.execPath, args, { cwd: folder, signal });
  expectOutput([process.execPath, ...args], output, { stdout: output.stdout });
  return output.stdout.trim();
}

const WORKERD = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = (
  modules = [(name = "worker", esModule = embed "worker.mjs"), (name = "main.mjs", esModule = embed "main.mjs")],
  compatibilityDate = "2025-06-01",
))]);
`;

/** As a Worker of Cloudflare's, without its layer that imitates Node. */
async function startWorkerd({ signal }: Context, project: string, folder: string): Promise<string> {
  const worker =
    'import "main.mjs";\nexport default { async test() { console.log(JSON.stringify(await outcome())); } };\n';
  await writeFile(join(folder, "worker.mjs"), worker);
  await writeFile(join(folder, "config.capnp"), WORKERD);
  const workerd = join(project, "node_modules/.bin/workerd");
  const { stdout } = await runCommand(workerd, ["test", "config.capnp"], { cwd: folder, signal });
  return stdout.trim().split("\n").at(-1)!;
}

const ROLLUP = ["rollup@4", "@rollup/plugin-node-resolve@16", "@rollup/plugin-commonjs@29"];

export const bundlers: Group = {
  title: "Bundlers",
  about:
    "A program that uses `@seamless/core`, bundled whole and run where no packages are: without the optional `@seamless/python`, then with it, by `@seamless/python/register`. No bundler may warn. What is for browsers may import nothing of Node's, and is run in Node without `process`, `Buffer` and `setImmediate`; the packages have tests of their own in Chromium.",
  rows: [
    row({ name: "esbuild, for browsers", key: "esbuild", packages: ["esbuild@0.28"] }),
    row({ name: "esbuild, for Node", key: "esbuild-node", packages: ["esbuild@0.28"], target: "node" }),
    row({
      name: "Cloudflare Workers",
      key: "esbuild-workers",
      packages: ["workerd@1", "esbuild@0.28"],
      start: startWorkerd,
      note: "run in `workerd`, whose version this is; bundled by esbuild 0.28 with the conditions `workerd`, `worker` and `browser`; without `nodejs_compat`, and with a compatibility date from 2025-05-05 on, which brings `FinalizationRegistry`",
    }),
    row({
      name: "React Native (Metro)",
      how: "simulated",
      key: "metro",
      packages: ["metro@0.83", "metro-runtime@0.83"],
      note: "bundled by Metro with `exports` (React Native's default since 0.79), run in Node and not in Hermes; not without `exports`",
    }),
    row({ name: "Vite 8, for browsers", key: "vite", packages: ["vite@8"] }),
    row({ name: "Vite 8, for Node", key: "vite-node", packages: ["vite@8"], target: "node", note: "`ssr.noExternal`" }),
    row({
      name: "Rollup 4, for browsers",
      key: "rollup",
      packages: ROLLUP,
      inCi: true,
      note: "`@rollup/plugin-node-resolve` with `browser: true`, and `@rollup/plugin-commonjs`",
    }),
    row({
      name: "Rollup 4, for Node",
      key: "rollup-node",
      packages: ROLLUP,
      target: "node",
      note: '`exportConditions: ["node"]`, and Node\'s own modules as `external`',
    }),
    row({ name: "Rolldown, for browsers", key: "rolldown", packages: ["rolldown@1"] }),
    row({ name: "Rolldown, for Node", key: "rolldown-node", packages: ["rolldown@1"], target: "node" }),
    row({ name: "webpack 5, for browsers", key: "webpack", packages: ["webpack@5"] }),
    row({ name: "webpack 5, for Node", key: "webpack-node", packages: ["webpack@5"], target: "node" }),
    row({ name: "Rspack 2, for browsers", key: "rspack", packages: ["@rspack/core@2"] }),
    row({ name: "Rspack 2, for Node", key: "rspack-node", packages: ["@rspack/core@2"], target: "node" }),
  ],
};
