import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SECTIONS } from "../../../docs/.vitepress/pages.ts";
import { unavailable } from "../../build/unavailable.ts";
import {
  checkConfiguration,
  checkers,
  docExamples,
  type Example,
  expectedOutput,
  isInstalled,
  markdownExamples,
  verifyExamples,
  workspacePackages,
  workspaceRoot,
} from "../src/index.ts";

/** A folder whose examples run together: they import what a module in that folder could import. */
interface Source {
  readonly name: string;
  readonly directory: string;
  readonly examples: readonly Example[];
}

/** Blocks of pages that are neither run nor checked here, and why. */
const EXCEPTIONS: readonly { readonly why: string; readonly holds: (block: Example) => boolean }[] = [
  {
    why: "it installs from a registry that does not have it yet; the tools for releases rehearse that",
    holds: ({ code }) => /^npm install (--global )?@seamless\/\S+( @seamless\/\S+)*\n$/.test(code),
  },
  {
    why: "its package runs what says what it prints, in a home of its own",
    holds: (block) => block.file === "packages/cli/README.md" && expectedOutput(block).length > 0,
  },
  {
    why: "it sets up, builds or packs this repository, as CI does",
    holds: ({ file, code }) => /^(npm run (demo|setup)|npx turbo run build) /.test(code) && !file.startsWith("docs/"),
  },
  {
    why: "it is about a release that is on npm",
    holds: ({ file, code }) => file === "SECURITY.md" && code.startsWith("npm audit signatures "),
  },
  {
    why: "it is written by the tool that runs Jest with these settings",
    holds: ({ file, language }) => file === "docs/compatibility.md" && (language as string) === "json",
  },
];

/** Every block of the pages of the site. */
const blocks: readonly Example[] = SECTIONS.flatMap(({ pages }) => pages).flatMap((file) =>
  markdownExamples(readFileSync(join(workspaceRoot, file), "utf8"), file),
);
const taught = blocks.filter((block) => !EXCEPTIONS.some(({ holds }) => holds(block)));

const sources: readonly Source[] = [
  ...workspacePackages().map(({ directory, manifest }) => ({
    name: manifest.name,
    directory,
    examples: [
      ...files(join(directory, "src"), ".ts").flatMap(inSource),
      ...[join(directory, "README.md")].filter(existsSync).flatMap(inMarkdown),
      ...taught.filter((block) => isShell(block) && block.file.startsWith(`${relative(workspaceRoot, directory)}/`)),
    ],
  })),
  {
    name: "the workspace",
    // This package depends on all others, so that the README and the docs can import any of them.
    directory: join(workspaceRoot, "tools/examples"),
    examples: [
      ...[join(workspaceRoot, "README.md")].filter(existsSync).flatMap(inMarkdown),
      ...files(join(workspaceRoot, "docs"), ".md").flatMap(inMarkdown),
      ...taught.filter((block) => isShell(block) && !block.file.startsWith("packages/")),
    ],
  },
];

const withExamples = sources.filter(({ examples }) => examples.length > 0);

describe.each(withExamples.map((source) => [source.name, source] as const))("%s", (_, { directory, examples }) => {
  // Not below `node_modules`: Node lets no module there import its own package by name. A folder for each process, since
  // two test runs may go on at once.
  const modules = join(directory, ".examples", String(process.pid));
  const commands = join(modules, "bin");
  beforeAll(() => {
    mkdirSync(commands, { recursive: true });
    writeFileSync(join(directory, ".examples/.gitignore"), "*\n");
    linkCommands(commands);
  });
  afterAll(() => rmSync(modules, { recursive: true }));

  // A reader types what is shell on a page one after the other.
  const together = new Map<string, Example[]>();
  for (const example of examples) {
    const title = isShell(example) ? example.file : `${example.file}:${example.line}`;
    together.set(title, [...(together.get(title) ?? []), example]);
  }
  test.concurrent.each([...together])("%s", (_, group) => verifyExamples(group, { modules, commands }));
});

describe("configuration", () => {
  const configurations = taught.filter(({ language }) => language in checkers);
  test.concurrent.for(configurations.map((example) => [`${example.file}:${example.line}`, example] as const))(
    "%s",
    async ([, { language, code }], { skip }) => {
      const checker = checkers[language]!;
      if (!isInstalled(checker.program)) unavailable(skip, `${checker.program} is missing (Debian: ${checker.debian})`);
      await checkConfiguration(checker, code);
    },
  );
});

describe("blocks of the pages of the site", () => {
  const titleOf = ({ file, line }: Example) => `${file}:${line}`;

  test("are run or checked", () => {
    const run = new Set(sources.flatMap(({ examples }) => examples).map(titleOf));
    const others = taught.filter((block) => !run.has(titleOf(block)) && !(block.language in checkers));
    expect(taught.length).toBeGreaterThan(40);
    expect(others.map((block) => `${titleOf(block)}: ${block.language}`)).toEqual([]);
  });

  test.for(EXCEPTIONS.map(({ why, holds }) => [why, holds] as const))("%s", ([, holds]) => {
    expect(blocks.filter(holds).map(titleOf)).not.toEqual([]);
  });
});

function isShell({ language }: Example): boolean {
  return language === "sh";
}

/** The commands of all packages as they are built: a package manager links none that were not there when it installed. */
function linkCommands(folder: string): void {
  for (const { directory, manifest } of workspacePackages()) {
    if (typeof manifest.bin !== "object") continue;
    for (const [name, file] of Object.entries(manifest.bin)) symlinkSync(join(directory, file), join(folder, name));
  }
}

function inSource(path: string): readonly Example[] {
  return docExamples(readFileSync(path, "utf8"), relative(workspaceRoot, path));
}

function inMarkdown(path: string): readonly Example[] {
  return markdownExamples(readFileSync(path, "utf8"), relative(workspaceRoot, path), ["js"]);
}

function files(directory: string, extension: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(extension) && !name.split(/[\\/]/).includes("node_modules"))
    .sort()
    .map((name) => join(directory, name));
}
