import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import {
  docExamples,
  type Example,
  markdownExamples,
  verifyExample,
  workspacePackages,
  workspaceRoot,
} from "../src/index.ts";

/** A folder whose examples run together: they import what a module in that folder could import. */
interface Source {
  readonly name: string;
  readonly directory: string;
  readonly examples: readonly Example[];
}

const sources: readonly Source[] = [
  ...workspacePackages().map(({ directory, manifest }) => ({
    name: manifest.name,
    directory,
    examples: [
      ...files(join(directory, "src"), ".ts").flatMap(inSource),
      ...[join(directory, "README.md")].filter(existsSync).flatMap(inMarkdown),
    ],
  })),
  {
    name: "the workspace",
    // This package depends on all others, so that the README and the docs can import any of them.
    directory: join(workspaceRoot, "tools/examples"),
    examples: [
      ...[join(workspaceRoot, "README.md")].filter(existsSync).flatMap(inMarkdown),
      ...files(join(workspaceRoot, "docs"), ".md").flatMap(inMarkdown),
    ],
  },
];

const withExamples = sources.filter(({ examples }) => examples.length > 0);

describe.each(withExamples.map((source) => [source.name, source] as const))("%s", (_, { directory, examples }) => {
  // Not below `node_modules`: Node lets no module there import its own package by name. A folder for each process, since
  // two test runs may go on at once.
  const modules = join(directory, ".examples", String(process.pid));
  beforeAll(() => {
    mkdirSync(modules, { recursive: true });
    writeFileSync(join(directory, ".examples/.gitignore"), "*\n");
  });
  afterAll(() => rmSync(modules, { recursive: true }));

  const titled = examples.map((example) => [`${example.file}:${example.line}`, example] as const);
  test.concurrent.each(titled)("%s", (_, example) => verifyExample(example, { modules }));
});

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
