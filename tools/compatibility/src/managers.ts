import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { runCommand } from "@seamless-tools/packages";
import { checkIndexing } from "./commands.ts";
import { checkFeatures, copyPrograms } from "./features.ts";
import { fetchCommand } from "./fetch-command.ts";
import type { Command } from "./output.ts";
import type { Context, Group, Row } from "./row.ts";
import { fetchNode } from "./runtimes.ts";

/** Name → where it is installed from: `file:…`. */
type Sources = Readonly<Record<string, string>>;

/** How a package manager is spoken to. */
interface Manager {
  readonly name: string;
  /** The package that it is, with a range of versions: `yarn@1`. */
  readonly range: string;
  /** Its command. */
  readonly command: string;
  /** The version of Node that it runs on. */
  readonly node: string;
  readonly install: readonly string[];
  /** What starts one of our commands by its name. */
  readonly exec: readonly string[];
  /** Does it have to start Node itself, for programs to find packages? @default false */
  readonly startsNode?: boolean;
  /**
   * Its files: name → content. Ours depend on each other by versions that no registry has, so each manager is told where
   * they come from.
   */
  readonly settings: (sources: Sources) => Readonly<Record<string, string>>;
  /** The same for those who are told in `package.json`. */
  readonly overrides?: (sources: Sources) => object;
  readonly note?: string;
}

const OPTIONAL = "@seamless/python";

/** In a project of its own: first without the optional peer, then with it, as somebody adds it who needs it. */
function row(manager: Manager): Row {
  return {
    name: manager.name,
    how: "run",
    async run(context) {
      const { signal } = context;
      const node = await fetchNode(context, manager.node);
      const executable = await fetchCommand(context, manager.range, manager.command);
      const project = join(context.directory, "project");
      await mkdir(project);
      await copyPrograms(project, context.tarballs);
      const env = cleanEnvironment(node.executable);
      const run = (args: readonly string[]) => runCommand(executable, args, { cwd: project, env, signal });
      const startNode: Command = manager.startsNode === true ? [executable, "node"] : [node.executable];
      const start = (name: string): Command => [executable, ...manager.exec, name];
      for (const python of [false, true]) {
        await writeProject(project, manager, sourcesOf(context, python));
        await run(manager.install);
        await checkFeatures(startNode, project, { python, env, signal });
        // Yarn 1 links no commands of tarballs that it has seen before.
        if (!python) await checkIndexing({ start, cwd: project, env, signal });
      }
      const { stdout } = await run(["--version"]);
      return { version: stdout.trim(), note: manager.note ?? "" };
    },
  };
}

function sourcesOf({ tarballs }: Context, python: boolean): Sources {
  const wanted = tarballs.filter(({ manifest }) => python || manifest.name !== OPTIONAL);
  return Object.fromEntries(wanted.map(({ path, manifest }) => [manifest.name, `file:${path}`]));
}

async function writeProject(project: string, { settings, overrides }: Manager, sources: Sources): Promise<void> {
  const manifest = { name: "project", version: "1.0.0", private: true, dependencies: sources, ...overrides?.(sources) };
  const files = { "package.json": JSON.stringify(manifest), ...settings(sources) };
  for (const [file, content] of Object.entries(files)) await writeFile(join(project, file), content);
}

/** With this Node first, and without the settings that whoever started us has for its own scripts. */
function cleanEnvironment(node: string): Readonly<Record<string, string | undefined>> {
  const foreign = Object.keys(process.env).filter((name) => /^(npm|pnpm|yarn)_/i.test(name));
  return {
    ...Object.fromEntries(foreign.map((name) => [name, undefined])),
    PATH: `${dirname(node)}${delimiter}${process.env["PATH"]}`,
  };
}

function npm(major: string, node: string): Row {
  return row({
    name: `npm ${major}`,
    range: `npm@${major}`,
    command: "npm",
    node,
    install: ["install", "--no-audit", "--no-fund", "--prefer-offline"],
    exec: ["exec", "--no", "--silent", "--"],
    settings: () => ({}),
  });
}

function pnpm(major: string, node: string): Row {
  return row({
    name: `pnpm ${major}, strict`,
    range: `pnpm@${major}`,
    command: "pnpm",
    node,
    install: ["install", "--prefer-offline", "--no-frozen-lockfile"],
    exec: ["exec"],
    settings(overrides) {
      const rules = { hoist: false, autoInstallPeers: false, strictPeerDependencies: true };
      return { "pnpm-workspace.yaml": JSON.stringify({ packages: ["."], storeDir: ".store", ...rules, overrides }) };
    },
    note: "`hoist=false`: packages find what they name, and nothing else",
  });
}

function yarn(linker: string, name: string): Row {
  return row({
    name: `Yarn 4, ${name}`,
    range: "@yarnpkg/cli-dist@4",
    command: "yarn",
    node: "20.19.0",
    install: ["install"],
    exec: ["run"],
    startsNode: true,
    settings() {
      const settings = [
        "enableGlobalCache: false",
        "enableTelemetry: false",
        "enableImmutableInstalls: false",
        "pnpFallbackMode: none",
      ];
      return { "yarn.lock": "", ".yarnrc.yml": `${[`nodeLinker: ${linker}`, ...settings].join("\n")}\n` };
    },
    overrides: (resolutions) => ({ resolutions }),
  });
}

export const managers: Group = {
  title: "Package managers",
  about: `The same program, and commands, installed from the tarballs: without the optional peer \`${OPTIONAL}\`, then with it.`,
  rows: [
    npm("10", "20.19.0"),
    npm("12", "24"),
    pnpm("10", "20.19.0"),
    pnpm("12", "24"),
    row({
      name: "Yarn 1",
      range: "yarn@1",
      command: "yarn",
      node: "20.19.0",
      install: ["install", "--no-progress", "--silent", "--cache-folder=.cache"],
      exec: ["--silent", "run"],
      settings: () => ({}),
      overrides: (resolutions) => ({ resolutions }),
    }),
    yarn("node-modules", "`node_modules`"),
    yarn("pnp", "Plug'n'Play"),
  ],
};
