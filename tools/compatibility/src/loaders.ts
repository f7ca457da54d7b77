import { join } from "node:path";
import { type CommandOptions, installedVersion, installProject, runCommand } from "@seamless-tools/packages";
import { checkFeatures, copyPrograms } from "./features.ts";
import type { Context, Group, Row } from "./row.ts";
import { fetchNode } from "./runtimes.ts";

/** The lowest version that is promised, where nothing else is said. */
const NODE = "20.19.0";

/** Something that loads programs, TypeScript among them, as they are run. */
interface Loader {
  readonly name: string;
  /** Packages that it is made of, with ranges; the first is the one whose version is told. */
  readonly tools: Readonly<Record<string, string>>;
  /** Options for Node, in a project of ES modules. */
  readonly options: readonly string[];
  /** The same, where it has another way to make CommonJS of TypeScript. */
  readonly commonjs?: readonly string[];
  readonly env?: CommandOptions["env"];
  readonly note?: string;
}

function loader({ name, tools, options, commonjs, env, note = "" }: Loader): Row {
  return {
    name,
    how: "run",
    async run(context) {
      const { signal } = context;
      const project = await toolProject(context, tools);
      const { executable } = await fetchNode(context, NODE);
      await checkFeatures([executable, ...options], project, { main: "main.ts", env, signal });
      if (commonjs !== undefined) {
        await checkFeatures([executable, ...commonjs], project, { main: "commonjs/main.ts", env, signal });
      }
      return { version: await installedVersion(project, Object.keys(tools)[0]!), note };
    },
  };
}

/** A version of Node that reads TypeScript itself. */
function typeStripping(range: string): Row {
  return {
    name: `TypeScript by Node ${range}`,
    how: "run",
    async run(context) {
      const project = await toolProject(context, {});
      const { executable, version } = await fetchNode(context, range);
      await checkFeatures([executable], project, { main: "main.ts", signal: context.signal });
      return { version };
    },
  };
}

const required: Row = {
  name: "CommonJS",
  how: "run",
  async run(context) {
    const { executable, version } = await fetchNode(context, NODE);
    await checkFeatures([executable], await context.installed(), { main: "main.cjs", signal: context.signal });
    return { version, note: "every entry by `require`, without a warning" };
  },
};

/** Runs tests. It must be able to say in JSON, as Jest does, how many have passed. */
interface TestRunner {
  readonly name: string;
  readonly tools: Readonly<Record<string, string>>;
  /** Its script, relative to `node_modules`. */
  readonly script: string;
  /** The test among `programs/`, and options. */
  readonly args: readonly string[];
  readonly node?: string;
  /** Options of Node. */
  readonly options?: readonly string[];
  /** Added to `package.json`. */
  readonly settings?: object;
  readonly note?: string;
}

function testRunner(runner: TestRunner): Row {
  const { name, tools, script, args, node = NODE, options = [], settings = {}, note = "" } = runner;
  return {
    name,
    how: "run",
    async run(context) {
      const project = await toolProject(context, tools, settings);
      const { executable } = await fetchNode(context, node);
      const command = [...options, join(project, "node_modules", script), ...args];
      const { stdout } = await runCommand(executable, command, { cwd: project, signal: context.signal });
      const { numPassedTests } = JSON.parse(stdout) as { readonly numPassedTests: number };
      if (numPassedTests !== 1) throw new Error(`${numPassedTests} tests have passed:\n${stdout}`);
      return { version: await installedVersion(project, Object.keys(tools)[0]!), note };
    },
  };
}

/** A project with all packages, the programs, and tools. */
async function toolProject(
  { directory, tarballs, signal }: Context,
  devDependencies: Readonly<Record<string, string>>,
  settings: object = {},
): Promise<string> {
  const project = join(directory, "project");
  await installProject(project, tarballs, { type: "module", devDependencies, ...settings }, signal);
  await copyPrograms(project, tarballs);
  return project;
}

/** What users of Jest add to the settings of a project in CommonJS. Only SWC knows what `import.meta.url` is there. */
const JEST = {
  transform: { "\\.m?js$": "@swc/jest" },
  transformIgnorePatterns: ["/node_modules/(?!(?:\\.pnpm|@seamless|@noble|zstddec)/)"],
};

const TYPESCRIPT = { typescript: "^5.9.0", "@types/node": "^20.19.0" };

export const loaders: Group = {
  title: "Loaders and test runners",
  about: `The same program, as CommonJS, as TypeScript, and in tests; on Node ${NODE} where no other is named. Jest
does not transform \`node_modules\`; so, in CommonJS, add \`@swc/core\`, \`@swc/jest\`, and two lines to its settings:

\`\`\`json
${JSON.stringify(JEST, null, 2)
  .replace(/\[\s+("[^"]*")\s+\]/, "[$1]")
  .replace(/\{\s+("[^"]*": "[^"]*")\s+\}/, "{ $1 }")}
\`\`\``,
  rows: [
    required,
    typeStripping("22"),
    typeStripping("24"),
    loader({
      name: "tsx",
      tools: { tsx: "^4.0.0", ...TYPESCRIPT },
      options: ["--import", "tsx"],
      commonjs: ["--require", "tsx/cjs"],
      note: "`--import tsx`; in CommonJS `--require tsx/cjs`",
    }),
    loader({
      name: "ts-node",
      tools: { "ts-node": "^10.0.0", ...TYPESCRIPT },
      options: ["--no-warnings=ExperimentalWarning", "--loader", "ts-node/esm"],
      note: "`--loader ts-node/esm`; in CommonJS it refuses all ES modules",
    }),
    loader({
      name: "swc-node",
      tools: { "@swc-node/register": "^1.0.0", "@swc/core": "^1.0.0", ...TYPESCRIPT },
      options: ["--import", "@swc-node/register/esm-register"],
      note: "`--import @swc-node/register/esm-register`",
    }),
    testRunner({
      name: "Jest, CommonJS",
      tools: { jest: "^30.0.0", "@swc/core": "^1.0.0", "@swc/jest": "^0.2.0" },
      script: "jest/bin/jest.js",
      args: ["--json", "--testMatch=**/jest.test.cjs"],
      settings: { jest: JEST },
      note: "with the two lines above",
    }),
    testRunner({
      name: "Jest, ES modules",
      tools: { jest: "^30.0.0" },
      script: "jest/bin/jest.js",
      args: ["--json", "--testMatch=**/jest.test.mjs"],
      options: ["--experimental-vm-modules"],
      note: "`--experimental-vm-modules`",
    }),
    testRunner({
      name: "Jest, CommonJS, Node 24",
      tools: { jest: "^30.0.0" },
      script: "jest/bin/jest.js",
      args: ["--json", "--testMatch=**/jest.test.cjs"],
      node: "24",
      options: ["--experimental-vm-modules"],
      note: "`--experimental-vm-modules`, without the two lines",
    }),
    testRunner({
      name: "Vitest",
      tools: { vitest: "^4.0.0" },
      script: "vitest/vitest.mjs",
      args: ["run", "--reporter=json", "--dir=.", "vitest.test.ts"],
    }),
  ],
};
