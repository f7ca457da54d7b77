import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SOURCES = fileURLToPath(new URL("../src", import.meta.url));
const PLATFORMS = ["platform/node.ts", "platform/browser.ts"];

type Graph = ReadonlyMap<string, readonly string[]>;

interface Import {
  readonly target: string;
  /** Nothing of it is left when it runs. */
  readonly onlyTypes: boolean;
}

/** What a source imports of the package, static or not. */
function importsOf(file: string): Import[] {
  const text = readFileSync(posix.join(SOURCES, file), "utf8");
  const found = text.matchAll(/^(?:import|export) ([^;]*?) from "([.#][^"]+)";|\bimport\("(\.[^"]+)"\)/gm);
  return Array.from(found).flatMap(([, names, specifier, dynamic]) => {
    const path = specifier ?? dynamic!;
    const onlyTypes = names !== undefined && (names.startsWith("type ") || /^\{( type \w+,?)+ \}$/.test(names));
    const targets = path === "#platform" ? PLATFORMS : [posix.join(posix.dirname(file), path)];
    return targets.map((target) => ({ target, onlyTypes }));
  });
}

const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .sort();
const imports = new Map(files.map((file) => [file, importsOf(file)] as const));

function graph(counts: (one: Import) => boolean): Graph {
  return new Map(files.map((file) => [file, imports.get(file)!.flatMap((one) => (counts(one) ? one.target : []))]));
}

/** Does a file lead to itself? */
function leadsTo(links: Graph, from: string, to: string, seen = new Set<string>()): boolean {
  return links.get(from)!.some((next) => {
    if (next === to) return true;
    if (seen.has(next)) return false;
    seen.add(next);
    return leadsTo(links, next, to, seen);
  });
}

test("no import leads back, through the platform and what it loads late neither", () => {
  const links = graph(({ onlyTypes }) => !onlyTypes);
  expect([...links.values()].flat().length).toBeGreaterThan(files.length);
  expect(files.filter((file) => leadsTo(links, file, file))).toEqual([]);
});

test("only types lead back: what errors and the runtime port speak of, and what a platform has", () => {
  const links = graph(() => true);
  const back = [...imports].flatMap(([file, all]) =>
    all
      .filter(({ target, onlyTypes }) => onlyTypes && leadsTo(links, target, file))
      .map(({ target }) => `${file} → ${target}`),
  );
  expect(back.sort()).toEqual([
    "errors.ts → checksum.ts",
    "platform/browser.ts → platform/node.ts",
    "runtime.ts → checksum.ts",
    "runtime.ts → proven.ts",
  ]);
});
