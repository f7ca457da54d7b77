import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { entriesOf, installProject, runCommand } from "@seamless-tools/packages";
import type { Context, Group, RunRow } from "./row.ts";

const PROGRAMS = fileURLToPath(new URL("../programs/types", import.meta.url));

/** How a program finds packages. */
type Resolution = "node16" | "nodenext" | "bundler" | "node10";
const MODULE = { node16: "node16", nodenext: "nodenext", bundler: "esnext", node10: "commonjs" } as const;

/** Which types of the platform a program has, and which files it can then have. */
const PLATFORMS = {
  none: {
    words: "with neither `dom` nor `@types/node`",
    lib: ["es2022"],
    types: [],
    files: ["portable.ts", "entries.ts"],
  },
  node: {
    words: "with `@types/node`",
    lib: ["es2022"],
    types: ["node"],
    files: ["portable.ts", "entries.ts", "platform.ts", "node.ts"],
  },
  dom: { words: "with `dom`", lib: ["es2022", "dom"], types: [], files: ["portable.ts", "entries.ts", "platform.ts"] },
} as const;
type Platform = keyof typeof PLATFORMS;

/** The entries that need `@types/node`. */
const NODE_TYPES = ["@seamless/remote/hashserver/node"];

const CASES: readonly (readonly [Resolution, Platform])[] = [
  ["nodenext", "none"],
  ["nodenext", "node"],
  ["nodenext", "dom"],
  ["node16", "none"],
  ["bundler", "none"],
  ["bundler", "dom"],
  ["node10", "none"],
  ["node10", "node"],
];

/** In CommonJS, `require` of ES modules: what the compiler knows of Node since 5.8, and only as `nodenext`. */
const COMMONJS = { program: "commonjs.cts", since: 5.8, refusals: ["error TS1479", "error TS1471"] };

/** A version of TypeScript, as npm has it. */
function typescript(version: string, more: Partial<RunRow> = {}): RunRow {
  const cases = CASES.filter(([resolution]) => resolution !== "node10" || version.startsWith("5."));
  return {
    name: `TypeScript ${version}`,
    how: "run",
    ...more,
    async run(context) {
      const { directory, signal } = context;
      await install(context, version);
      const tsc = ["node_modules/typescript/bin/tsc"];
      const run = (args: readonly string[]) =>
        runCommand(process.execPath, [...tsc, ...args], { cwd: directory, signal });
      const compile = async (settings: object) => {
        await writeFile(join(directory, "tsconfig.json"), JSON.stringify(settings));
        await run(["--project", "."]);
      };
      for (const [resolution, platform] of cases) await compile(configuration(resolution, platform));
      for (const resolution of ["node16", "nodenext"] as const) {
        const compiled = compile({ ...configuration(resolution, "none"), files: [COMMONJS.program] });
        if (resolution === "node16" || Number(version) < COMMONJS.since) await expectRefusal(compiled);
        else await compiled;
      }
      const { stdout } = await run(["--version"]);
      return { version: stdout.replace("Version", "").trim(), note: noteOf(Number(version)) };
    },
  };
}

/** Make sure that CommonJS may not load ES modules, and nothing else is wrong. */
async function expectRefusal(compiled: Promise<void>): Promise<void> {
  const message = await compiled.then(
    () => "it is not refused",
    (error: Error) => error.message,
  );
  const errors = message.match(/error TS\d+/g) ?? [];
  if (errors.length !== 2 || !errors.every((error) => COMMONJS.refusals.includes(error))) {
    throw new Error(`a file that becomes CommonJS: ${message}`);
  }
}

function noteOf(version: number): string {
  return version < COMMONJS.since
    ? `in CommonJS, \`node16\` and \`nodenext\` refuse all ES modules (TS1479): \`await import(…)\``
    : `in CommonJS, \`nodenext\` takes them, and \`node16\` refuses all ES modules (TS1479)`;
}

/** The packages, the compiler and Node's types, and programs that use every entry. */
async function install({ directory, tarballs, signal }: Context, version: string): Promise<void> {
  await cp(PROGRAMS, directory, { recursive: true });
  const entries = tarballs
    .flatMap(({ manifest }) => entriesOf(manifest))
    .filter(({ specifier }) => !NODE_TYPES.includes(specifier))
    .map(({ specifier }, index) => `export * as entry${index} from "${specifier}";\n`);
  await writeFile(join(directory, "entries.ts"), entries.join(""));
  const devDependencies = { typescript: `~${version}`, "@types/node": "20" };
  await installProject(directory, tarballs, { type: "module", devDependencies }, signal);
}

function configuration(moduleResolution: Resolution, platform: Platform): object {
  const { lib, types, files } = PLATFORMS[platform];
  return {
    compilerOptions: {
      target: "es2022",
      module: MODULE[moduleResolution],
      moduleResolution,
      lib,
      types,
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
    },
    files,
  };
}

/** The cases, by resolution: "`nodenext` (with …; with …)". */
function describeCases(): string {
  const resolutions = [...new Set(CASES.map(([resolution]) => resolution))].map((resolution) => {
    const platforms = CASES.filter(([other]) => other === resolution).map(([, platform]) => PLATFORMS[platform].words);
    const only = resolution === "node10" ? ", before TypeScript 6," : "";
    return `\`${resolution}\`${only} ${platforms.join(", then ")}`;
  });
  return resolutions.join("; ");
}

export const compilers: Group = {
  title: "TypeScript",
  about: `Programs that use every entry, \`strict\` and \`exactOptionalPropertyTypes\`, with \`skipLibCheck: false\` and no more than ES2022. As \`moduleResolution\`: ${describeCases()}. Only ${NODE_TYPES.map((name) => `\`${name}\``).join(", ")} needs \`@types/node\`. A file that becomes CommonJS uses the packages by \`import\` and by \`import … = require\`, as \`node16\` and \`nodenext\`.`,
  rows: [
    typescript("5.4", { inCi: true }),
    typescript("5.5"),
    typescript("5.6"),
    typescript("5.7"),
    typescript("5.8"),
    typescript("5.9"),
    typescript("6.0"),
    typescript("7.0", { inCi: true }),
  ],
};
