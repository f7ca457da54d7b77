// Makes the pages of the API reference from the doc comments of all packages, in results/api, before VitePress builds
// the site. A broken {@link}, or an export without a comment, is an error.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Application, TSConfigReader } from "typedoc";
import { ENTRIES } from "./entries.mjs";

// By default, of this repository.
const [root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/[\\/]$/, "")] = process.argv.slice(2);
const out = join(root, "results/api");
/** @param {string} path */
const json = (path) => JSON.parse(readFileSync(path, "utf8"));

/**
 * The entries of a package that have types, by what is imported, and the source of each.
 *
 * @param {string} directory - Of the package.
 * @returns {[specifier: string, source: string][]}
 */
function entriesOf(directory) {
  const { name, exports } = json(join(directory, "package.json"));
  return Object.entries(exports).flatMap(([subpath, { types }]) => {
    // A package of commands has none, and is built otherwise.
    if (types === undefined) return [];
    const builds = readFileSync(join(directory, "tsup.config.ts"), "utf8");
    const build = types.replace(/^\.\/dist\/(.*)\.d\.ts$/, "$1");
    const [, source] = new RegExp(`(?<![\\w/])"?${build}"?: "(src/[^"]+)"`).exec(builds) ?? [];
    if (source === undefined) throw new Error(`${directory}/tsup.config.ts does not say what ${build} is made from`);
    return [[name + subpath.slice(1), join(directory, source)]];
  });
}

const packages = readdirSync(join(root, "packages")).map((name) => join(root, "packages", name));
const published = packages.filter((directory) => json(join(directory, "package.json")).private !== true);
const entries = published.flatMap(entriesOf);

/** @type {import("typedoc").TypeDocOptions & Partial<import("typedoc-plugin-markdown").PluginOptions>} */
const options = {
  entryPoints: entries.map(([, source]) => source),
  entryPointStrategy: "resolve",
  alwaysCreateEntryPointModule: true,
  plugin: ["typedoc-plugin-markdown"],
  tsconfig: join(root, "tools/site/tsconfig.reference.json"),
  compilerOptions: {
    baseUrl: root,
    // Links from one package to another lead to its sources, too.
    paths: Object.fromEntries([
      ...entries.map(([specifier, source]) => [specifier, [source]]),
      ["@seamless/internal/*", ["packages/internal/src/*.ts"]],
    ]),
  },
  skipErrorChecking: true,
  basePath: root,
  displayBasePath: root,
  disableGit: true,
  sourceLinkTemplate: "repository:{path}#L{line}",
  gitRevision: "none",
  readme: "none",
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  requiredToBeDocumented: ["Class", "Enum", "Function", "Interface", "TypeAlias", "Variable"],
  validation: { invalidLink: true, notDocumented: true, notExported: false, invalidPath: false },
  router: "module",
  hideBreadcrumbs: true,
  hidePageHeader: true,
  useCodeBlocks: true,
  useHTMLAnchors: true,
  anchorPrefix: "api-",
  parametersFormat: "table",
  propertiesFormat: "table",
  interfacePropertiesFormat: "table",
  enumMembersFormat: "table",
  typeDeclarationFormat: "table",
  out,
};
const application = await Application.bootstrapWithPlugins(options, [new TSConfigReader()]);
const project = await application.convert();
if (project === undefined) process.exit(1);
for (const module of [...(project.children ?? [])]) {
  const file = module.sources?.[0]?.fullFileName;
  const [specifier] = entries.find(([, source]) => source === file) ?? [];
  if (specifier === undefined) throw new Error(`${file} is the source of no entry`);
  module.name = specifier;
  // One that is imported for its effect.
  if (module.children === undefined) project.removeReflection(module);
}
application.validate(project);
if (application.logger.hasErrors() || application.logger.hasWarnings()) process.exit(1);
await application.generateOutputs(project);
if (application.logger.hasErrors() || application.logger.hasWarnings()) process.exit(1);

const listed = (project.children ?? []).map(({ name }) => {
  const main = published.map((directory) => json(join(directory, "package.json"))).find((each) => each.name === name);
  const about = main?.description ?? ENTRIES[name];
  if (about === undefined) throw new Error(`tools/site/src/entries.mjs does not say what ${name} is for`);
  return `${main === undefined ? "  " : ""}- [\`${name}\`](${name}.md): ${about.replace(/\.$/, "")}.`;
});
const intro = "All that can be imported, from each package and from the entries below it, by its doc comments.";
writeFileSync(join(out, "README.md"), `# API\n\n${intro}\n\n${listed.join("\n")}\n`);

// From anywhere in the repository; so they are relative, as the links of all other pages.
for (const file of readdirSync(out, { recursive: true, encoding: "utf8" })) {
  if (!file.endsWith(".md")) continue;
  const path = join(out, file);
  const up = relative(dirname(path), root).replaceAll("\\", "/");
  writeFileSync(path, readFileSync(path, "utf8").replaceAll("](repository:", `](${up}/`));
}
