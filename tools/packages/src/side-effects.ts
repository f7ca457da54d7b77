import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";

/**
 * What importing modules does to the process besides defining them: globals and properties of built-in classes that it
 * adds, listeners, what keeps the process running, what it prints, and whether it fails.
 *
 * @param paths - Absolute paths of modules, imported one after the other in a fresh Node.
 * @returns sentences; none, if importing does nothing.
 */
export function effectsOf(paths: readonly string[]): readonly string[] {
  const urls = JSON.stringify(paths.map((path) => pathToFileURL(path).href));
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--input-type=module", "--eval", `const urls = ${urls};${PROBE}`],
    { encoding: "utf8", timeout: 30_000 },
  );
  const [printed = "", report] = stdout.split(MARK);
  const said = `${printed}${stderr}`.trim();
  return [
    ...(report === undefined ? [] : (JSON.parse(report) as readonly string[])),
    ...(said === "" ? [] : [`prints ${said.split("\n")[0]}`]),
    ...(status === 0 ? [] : ["fails"]),
  ];
}

const MARK = "\u0000effects\u0000";

// The state is taken once before all imports and once after them.
const PROBE = `
const builtIns = [globalThis, ...Object.getOwnPropertyNames(globalThis)
  .map((name) => Object.getOwnPropertyDescriptor(globalThis, name).value)
  .filter((value) => typeof value === "function")
  .flatMap((value) => [value, value.prototype])
  .filter((value) => value != null)];
const state = () => [
  ...builtIns.flatMap((object) => Reflect.ownKeys(object).map((key) => "defines " + String(key))),
  ...process.eventNames().flatMap((name) => Array(process.listenerCount(name)).fill("listens to " + String(name))),
  ...process.getActiveResourcesInfo().map((name) => "keeps a " + name),
  ...Object.entries(process.env).map(([name, value]) => "sets " + name + "=" + value),
];
const before = state();
for (const url of urls) await import(url);
// Files that were read to import them are still being closed.
await new Promise(setImmediate);
const count = (list) => list.reduce((counts, item) => counts.set(item, (counts.get(item) ?? 0) + 1), new Map());
const known = count(before);
const added = [...count(state())].filter(([item, times]) => times > (known.get(item) ?? 0)).map(([item]) => item);
process.stdout.write(${JSON.stringify(MARK)} + JSON.stringify(added));
`;
